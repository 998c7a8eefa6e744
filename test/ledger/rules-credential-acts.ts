import { type Books, type Credential, type Fields, never } from './rules-books.ts'
import { addKeys, type By, isFor, type Rule, stale, stoppedCode, texts } from './rules-rule.ts'

/** What acts on credentials do to the books. */

function addApiKeys(books: Books, names: readonly string[], id: string): string | undefined {
  if (names.some((name) => books.apiKeys.has(name))) return 'ACT_CONFLICT'
  if (new Set(names).size < names.length) return 'ACT_CONFLICT'
  for (const name of names) books.apiKeys.set(name, id)
  return undefined
}

/** Functions that whoever makes a credential may call itself, or why it may make none. */
function grantable(books: Books, fields: Fields, owner: string): readonly string[] | string {
  const service = books.services.get(String(fields.service))
  if (!service) return 'SERVICE_UNKNOWN'
  if (fields.participant === undefined) {
    return isFor(owner, service.publisher) ? service.functions : 'NOT_ALLOWED'
  }
  const name = `${fields.service}/${fields.participant}`
  const participant = books.participants.get(name)
  if (!participant || !isFor(owner, participant.owner)) return 'NOT_ALLOWED'
  if (participant.status !== 'active') return 'PARTICIPANT_INACTIVE'
  return books.functionsOf(service, participant)
}

/** The scopes that a new credential gets; none where it may not have what it wants. */
function scopesOf(wanted: unknown, functions: readonly string[]): readonly string[] {
  const isReader = ['get', 'list', 'history', 'call'].some((one) => functions.includes(one))
  const may: Readonly<Record<string, boolean>> = {
    'records:write': ['put', 'send'].some((one) => functions.includes(one)),
    'records:read': isReader,
    'events:read': functions.includes('events'),
    'webhooks:write': functions.includes('events'),
    'log:read': true,
  }
  const usual = ['records:write', 'records:read'].filter((scope) => may[scope])
  const scopes = wanted ? texts(wanted) : usual
  return scopes.every((scope) => may[scope]) ? scopes : []
}

function createCredential(books: Books, fields: Fields, by: By): string | undefined {
  const id = String(fields.id)
  const functions = grantable(books, fields, by.owner)
  if (typeof functions === 'string') return functions
  const status = books.services.get(String(fields.service))?.status ?? ''
  if (status !== 'running') return stoppedCode(status)
  if (books.credentials.has(id)) return 'ACT_CONFLICT'
  const scopes = scopesOf(fields.scopes, functions)
  if (scopes.length === 0) return 'ACT_INVALID'
  const expires = Number(fields.expires ?? never)
  const operators = texts(fields.operators)
  if (expires <= by.time) return 'ACT_INVALID'
  if (operators.some((one) => !books.alliance.members.includes(one))) return 'ACT_INVALID'
  const [keys, apiKeys] = [texts(fields.keys), texts(fields.apiKeys)]
  if (keys.length + apiKeys.length === 0) return 'ACT_INVALID'
  const refusal = addKeys(books, keys, `credential/${id}`) ?? addApiKeys(books, apiKeys, id)
  if (refusal) return refusal
  books.credentials.set(id, {
    service: String(fields.service),
    keys,
    apiKeys: apiKeys.map((name) => [name, never]),
    scopes,
    operators,
    ...given(fields),
    expires,
    status: 'active',
    version: 1,
  })
  return undefined
}

function given({ participant, perSecond, writesPerDay }: Fields) {
  return {
    ...(participant === undefined ? {} : { participant: String(participant) }),
    ...(perSecond === undefined ? {} : { perSecond: Number(perSecond) }),
    ...(writesPerDay === undefined ? {} : { writesPerDay: Number(writesPerDay) }),
  }
}

function ownCredential(
  books: Books,
  fields: Fields,
  { owner }: By,
  who: 'publisher' | 'holder' | 'either',
): Credential | string {
  const credential = books.credentials.get(String(fields.id))
  const refusal = stale(credential, fields)
  if (refusal || !credential) return refusal ?? ''
  const { publisher } = books.services.get(credential.service) ?? {}
  const participant = books.participants.get(`${credential.service}/${credential.participant}`)
  const holder = participant?.owner ?? publisher
  const may = { publisher: [publisher], holder: [holder], either: [publisher, holder] }
  if (!may[who].some((one) => isFor(owner, one))) return 'NOT_ALLOWED'
  if (credential.status === 'revoked') return 'ACT_CONFLICT'
  const isGone = participant !== undefined && participant.status !== 'active'
  return who === 'holder' && isGone ? 'PARTICIPANT_INACTIVE' : credential
}

function moveCredential(status: string): Rule {
  return (books, fields, by) => {
    const who = status === 'revoked' ? 'either' : 'publisher'
    const credential = ownCredential(books, fields, by, who)
    if (typeof credential === 'string') return credential
    if (credential.status === status) return 'ACT_CONFLICT'
    const version = credential.version + 1
    books.credentials.set(String(fields.id), { ...credential, status, version })
    if (status === 'revoked') {
      for (const name of credential.keys) if (!books.keys.get(name)?.revoked) books.revokeKey(name)
    }
    return undefined
  }
}

function rotateCredential(books: Books, fields: Fields, by: By): string | undefined {
  const credential = ownCredential(books, fields, by, 'holder')
  if (typeof credential === 'string') return credential
  const id = String(fields.id)
  const until = Math.max(by.time, Number(fields.until))
  if (until > by.time + 90 * 86_400) return 'ACT_INVALID'
  const [keys, apiKeys] = [texts(fields.keys), texts(fields.apiKeys)]
  if (keys.length + apiKeys.length === 0) return 'ACT_INVALID'
  const refusal = addKeys(books, keys, `credential/${id}`) ?? addApiKeys(books, apiKeys, id)
  if (refusal) return refusal
  if (keys.length > 0) for (const name of credential.keys) endKey(books, name, until)
  const live = credential.keys.filter((name) => (books.keys.get(name)?.until ?? 0) > by.time)
  const ended = credential.apiKeys
    .map(([name, end]) => [name, apiKeys.length > 0 ? Math.min(end, until) : end] as const)
    .filter(([, end]) => end > by.time)
  const all = [...ended, ...apiKeys.map((name) => [name, never] as const)]
  if (live.length + keys.length > 8 || all.length > 8) return 'ACT_CONFLICT'
  const next = { ...credential, keys: [...live, ...keys], apiKeys: all }
  books.credentials.set(id, { ...next, version: credential.version + 1 })
  return undefined
}

function endKey(books: Books, name: string, until: number): void {
  const key = books.keys.get(name)
  if (!key || key.until <= until) return
  books.keys.set(name, { ...key, until, version: key.version + 1 })
}

export const credentialActs: Readonly<Record<string, Rule>> = {
  'credential-create': createCredential,
  'credential-rotate': rotateCredential,
  'credential-freeze': moveCredential('frozen'),
  'credential-unfreeze': moveCredential('active'),
  'credential-revoke': moveCredential('revoked'),
}
