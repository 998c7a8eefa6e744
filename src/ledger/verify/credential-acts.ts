import type { Act, Effect, Effects } from './act.ts'
import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import { registerKey, revokeKey } from './key-acts.ts'
import { functionsIn, runningService } from './service-acts.ts'
import type { StateTrie } from './state-trie.ts'

const keysMax = 8
const operatorsMax = 32
const hintMax = 16
const overlapSecondsMax = 90 * 86_400
const credentialName = /^[a-z0-9][a-z0-9_-]{1,62}$/
/** What a credential must be made for to call a function. */
const scopeOf: Readonly<Record<string, readonly string[]>> = {
  put: ['records:write'],
  get: ['records:read'],
  list: ['records:read'],
  history: ['records:read'],
  call: ['records:read'],
  send: ['records:write'],
  events: ['events:read', 'webhooks:write'],
}
/** Needs no function. */
const always = ['log:read']
const usual = ['records:write', 'records:read']

function credentialCreate(act: Act, state: StateTrie): void {
  const { payload, owner } = act
  const needed = { id: 'text', service: 'text', label: 'text', keys: 'list' } as const
  const lists = { apiKeys: 'list', scopes: 'list', operators: 'list' } as const
  const more = { participant: 'text' } as const
  const limits = { perSecond: 'number', writesPerDay: 'number', expires: 'number' } as const
  f.requireFields(payload, needed, { ...lists, ...limits, ...more })
  const [id, service] = [f.text(payload, 'id'), f.text(payload, 'service')]
  if (!credentialName.test(id)) f.refuse(`${id} is no name of a credential`)
  const published = runningService(state, service)
  const role = roleOf(act, state, service)
  const isPublisher = f.decidesFor(owner, published.get('publisher'))
  if (role === undefined && !isPublisher) f.refuse('it is not let in')
  if (state.get(`credential/${id}`)) f.refuse(`the credential ${id} existed already`)
  const functions = functionsIn(published, role).map(String)
  const allowed = [...functions.flatMap((one) => scopeOf[one] ?? []), ...always]
  const fields = boundsOf(act, new Set(allowed), state)
  const { keys, apiKeys } = newKeys(state, id, payload)
  fields.set('service', service).set('label', f.text(payload, 'label')).set('status', 'active')
  f.writeObject(state, `credential/${id}`, fields.set('keys', keys).set('apiKeys', apiKeys))
}

/** The role of the participant that makes a credential for itself; undefined for the publisher. */
function roleOf({ payload, owner }: Act, state: StateTrie, service: string): Item | undefined {
  if (!payload.has('participant')) return undefined
  const id = f.text(payload, 'participant')
  const participant = f.existing(state, `participant/${service}/${id}`)
  if (!f.decidesFor(owner, participant.get('owner'))) {
    f.refuse(`${owner} is not the participant ${id}`)
  }
  if (participant.get('status') !== 'active') f.refuse(`the participant ${id} was not active`)
  return participant.get('role')
}

/** Scopes, operators, limits and end of a new credential. */
function boundsOf({ payload, time }: Act, allowed: ReadonlySet<Item>, state: StateTrie): ItemMap {
  const given = payload.has('scopes') ? f.set(payload, 'scopes') : undefined
  const granted = given ?? usual.filter((scope) => allowed.has(scope))
  if (granted.length === 0) f.refuse('a credential has a scope')
  if (!granted.every((scope) => allowed.has(scope))) f.refuse('it has a scope that it may not')
  const operators = payload.has('operators') ? f.set(payload, 'operators') : []
  if (operators.length > operatorsMax) f.refuse('too many operators')
  const isMember = (id: Item) => {
    const member = typeof id === 'string' ? f.readObject(state, `member/${id}`) : undefined
    return member !== undefined && member.get('status') !== 'removed'
  }
  if (!operators.every(isMember)) f.refuse('an operator is no member')
  const fields: ItemMap = new Map<string, Item>([
    ['scopes', granted],
    ['operators', operators],
  ])
  for (const name of ['participant', 'perSecond', 'writesPerDay', 'expires']) {
    const limit = payload.get(name)
    if (limit === 0) f.refuse(`${name} allows nothing`)
    if (limit !== undefined) fields.set(name, limit)
  }
  const expires = payload.get('expires')
  if (typeof expires === 'number' && expires <= time) f.refuse('it had expired when it was made')
  return fields
}

/** Registers what an act brings, at least one key. */
function newKeys(state: StateTrie, id: string, payload: ItemMap) {
  const coseKeys = f.list(payload, 'keys')
  const pairs = payload.has('apiKeys') ? f.list(payload, 'apiKeys') : []
  if (coseKeys.length + pairs.length === 0) f.refuse('it brings no key')
  if (coseKeys.length > keysMax || pairs.length > keysMax) f.refuse('too many keys')
  const keys = coseKeys.map((key) => registerKey(state, `credential/${id}`, key))
  return { keys, apiKeys: pairs.map((pair) => registerApiKey(state, id, pair)) }
}

function registerApiKey(state: StateTrie, credential: string, pair: Item): Item[] {
  const [hash, hint, ...rest] = Array.isArray(pair) ? pair : []
  if (!Buffer.isBuffer(hash) || hash.length !== 32 || rest.length > 0) {
    return f.refuse('an API key is [hash, hint]')
  }
  if (typeof hint !== 'string' || hint === '' || hint.length > hintMax) {
    return f.refuse('the hint of an API key is a short text')
  }
  const key = `apikey/${hash.toString('hex')}`
  if (state.get(key)) f.refuse('an API key was registered already')
  f.writeObject(state, key, new Map([['credential', credential]]))
  return [hash, hint, null]
}

/** `publisher`: of the service; `holder`: the participant whose it is, or else the publisher. */
type Decider = 'publisher' | 'holder'

function ownCredential(
  { payload, owner }: Act,
  state: StateTrie,
  deciders: readonly Decider[],
): ItemMap {
  const key = `credential/${f.text(payload, 'id')}`
  const object = f.existing(state, key, payload.get('expect'))
  const service = f.text(object, 'service')
  const publisher = f.existing(state, `service/${service}`).get('publisher')
  const id = object.get('participant')
  const participant =
    id === undefined ? undefined : f.existing(state, `participant/${service}/${id}`)
  const owners = { publisher, holder: participant ? participant.get('owner') : publisher }
  if (!deciders.some((one) => f.decidesFor(owner, owners[one]))) {
    f.refuse(`${owner} does not decide on ${key}`)
  }
  if (object.get('status') === 'revoked') f.refuse('the credential was revoked already')
  const isHolderAlone = !deciders.includes('publisher')
  if (isHolderAlone && participant && participant.get('status') !== 'active') {
    f.refuse('its participant was not active')
  }
  return object
}

const credentialMove =
  (status: string): Effect =>
  (act, state) => {
    f.requireFields(act.payload, { id: 'text', expect: 'number' })
    const isEnd = status === 'revoked'
    const object = ownCredential(act, state, isEnd ? ['publisher', 'holder'] : ['publisher'])
    if (object.get('status') === status) f.refuse(`the credential was ${status} already`)
    if (object.has('frozenFrom') && status === 'active') f.refuse('it is frozen by vote')
    for (const kid of status === 'revoked' ? f.list(object, 'keys') : []) {
      if (f.existing(state, `key/${kid}`).get('revoked') !== true) revokeKey(state, String(kid))
    }
    f.writeObject(state, `credential/${f.text(act.payload, 'id')}`, object.set('status', status))
  }

function credentialRotate(act: Act, state: StateTrie): void {
  const { payload, time } = act
  const needed = { id: 'text', expect: 'number', keys: 'list', until: 'number' } as const
  f.requireFields(payload, needed, { apiKeys: 'list' })
  const object = ownCredential(act, state, ['holder'])
  const until = Math.max(time, Number(payload.get('until')))
  if (until > time + overlapSecondsMax) f.refuse('old keys end too late')
  const id = f.text(payload, 'id')
  const added = newKeys(state, id, payload)
  const end = (isReplaced: boolean) => (isReplaced ? until : Number.POSITIVE_INFINITY)
  const keys = f
    .list(object, 'keys')
    .filter((kid) => endKey(state, String(kid), end(added.keys.length > 0)) > time)
    .concat(added.keys)
  const apiKeys = f
    .list(object, 'apiKeys')
    .map((one) => endApiKey(one, end(added.apiKeys.length > 0)))
    .filter(([, , last]) => last === null || Number(last) > time)
    .concat(added.apiKeys)
  if (keys.length > keysMax || apiKeys.length > keysMax) f.refuse('too many keys at one time')
  f.writeObject(state, `credential/${id}`, object.set('keys', keys).set('apiKeys', apiKeys))
}

/** An API key of a credential, which ends at a time where it has no earlier end. */
function endApiKey(apiKey: Item, until: number): Item[] {
  const [hash = null, hint = null, last = null] = Array.isArray(apiKey) ? apiKey : []
  const end = Math.min(typeof last === 'number' ? last : Number.POSITIVE_INFINITY, until)
  return [hash, hint, Number.isFinite(end) ? end : null]
}

/** Ends a key at a time, where it has no earlier end; returns its end. */
function endKey(state: StateTrie, kid: string, until: number): number {
  const key = f.existing(state, `key/${kid}`)
  const before = Number(key.get('until') ?? Number.POSITIVE_INFINITY)
  if (before <= until) return before
  f.writeObject(state, `key/${kid}`, key.set('until', until))
  return until
}

export const credentialEffects: Effects = {
  'credential-create': credentialCreate,
  'credential-rotate': credentialRotate,
  'credential-freeze': credentialMove('frozen'),
  'credential-unfreeze': credentialMove('active'),
  'credential-revoke': credentialMove('revoked'),
}
