import { applyAct } from './rules-acts.ts'
import { Books, type Key, type ModelAct } from './rules-books.ts'
import { stoppedCode } from './rules-rule.ts'

/**
 * The rules of a ledger by the design's words, in plain maps: who may, one act one entry, what
 * acts change. Nothing here is shared with the ledger.
 */
export type ModelStatement = {
  readonly kind: 'record' | 'act'
  /** Name of the key that signs. */
  readonly key: string
  readonly aud: 'here' | 'elsewhere'
  readonly iss: string
  /** The service, or the module. */
  readonly sub: string
  readonly type: string
  readonly iat: number
  readonly exp?: number
  readonly cti?: string
  readonly credential?: string
  readonly recordKey?: string
  /** What the act says, or the record's text. */
  readonly payload: string
  readonly act?: ModelAct
}

type Entry = { readonly content: string; readonly index: number; readonly height: number }

export type ModelOutcome =
  | { readonly outcome: 'appended' | 'duplicate'; readonly index: number; readonly height: number }
  | { readonly outcome: 'refused'; readonly code: string }

const refused = (code: string): ModelOutcome => ({ outcome: 'refused', code })
const ownerId = (owner: string) => owner.replace(/^[a-z]*\//, '')

/** Whose keys may sign the acts of a module. */
const signersOf: Readonly<Record<string, readonly string[]>> = {
  'bsn:alliance': ['member', 'operator'],
  'bsn:services': ['member', 'operator'],
  'bsn:accounts': ['member', 'operator'],
  'bsn:participants': ['member', 'operator', 'participant'],
  'bsn:credentials': ['member', 'operator', 'participant'],
  'bsn:blocks': ['operator'],
  'bsn:fabric': ['member', 'operator'],
}

export class RulesModel {
  books = new Books()
  readonly #entries = new Map<string, Entry>()
  height = 0
  size = 0
  time: number

  constructor(time: number) {
    this.time = time
  }

  /** One block: the clock says `now`. */
  submit(statements: readonly ModelStatement[], now: number): ModelOutcome[] {
    const time = Math.max(this.time, now)
    const known = new Set(this.books.keys.keys())
    const height = this.height + 1
    const { size } = this
    const outcomes = statements.map((one) =>
      known.has(one.key) ? this.#decide(one, time, height) : refused('KEY_UNKNOWN'),
    )
    const hasActs = statements.some(({ kind }, i) => {
      return kind === 'act' && outcomes[i]?.outcome === 'appended'
    })
    if (hasActs || Math.floor(size / 4096) !== Math.floor(this.size / 4096)) {
      this.books.quotasInState = new Map(this.books.quotas)
    }
    if (this.size > size) {
      this.height = height
      this.time = time
    }
    return outcomes
  }

  #decide(one: ModelStatement, time: number, height: number): ModelOutcome {
    const key = this.books.keys.get(one.key)
    if (one.aud !== 'here') return refused('LEDGER_MISMATCH')
    if (!key || ownerId(key.owner) !== one.iss || !this.#mayName(one, key)) {
      return refused('ISSUER_MISMATCH')
    }
    const name = one.credential ?? one.iss
    const identity = one.cti === undefined ? JSON.stringify(one) : `${one.sub} ${name} ${one.cti}`
    const content = JSON.stringify([one.type, one.recordKey, one.payload])
    const entry = this.#entries.get(identity)
    if (entry && entry.content !== content) return refused('ACT_ID_CONFLICT')
    if (entry) return { outcome: 'duplicate', index: entry.index, height: entry.height }
    const refusal =
      this.#rights(one, key, time) ?? this.#times(one, time) ?? this.#effect(one, key, time)
    if (refusal) return refused(refusal)
    const index = this.size++
    this.#entries.set(identity, { content, index, height })
    return { outcome: 'appended', index, height }
  }

  /** A key names its own credential; a city node's names any, for records. */
  #mayName({ kind, credential }: ModelStatement, { owner }: Key): boolean {
    if (credential === undefined || owner === `credential/${credential}`) return true
    return kind === 'record' && owner.startsWith('operator/')
  }

  #rights(one: ModelStatement, key: Key, time: number): string | undefined {
    const refusal = one.kind === 'record' ? this.#recordRights(one, key, time) : undefined
    if (refusal) return refusal
    const kind = key.owner.replace(/\/.*/, '')
    if (one.kind === 'act' && !(signersOf[one.sub] ?? ['member']).includes(kind)) {
      return 'NOT_ALLOWED'
    }
    if (key.revoked) return 'KEY_REVOKED'
    return time < key.until ? undefined : 'KEY_REPLACED'
  }

  #recordRights({ sub, type, ...one }: ModelStatement, { owner }: Key, time: number) {
    if (type.startsWith('application/vnd.openbsn.')) return 'CONTENT_TYPE_INVALID'
    const service = this.books.services.get(sub)
    if (!service) return 'SERVICE_UNKNOWN'
    const isNode = owner.startsWith('operator/')
    const id = isNode ? (one.credential ?? '') : owner.replace('credential/', '')
    const credential = this.books.credentials.get(id)
    if (credential?.service !== sub) return 'NOT_ALLOWED'
    const isTrusted = service.keyMode === 'key-trust' && credential.operators.includes(one.iss)
    if (isNode && !isTrusted) return 'NOT_ALLOWED'
    if (service.status !== 'running') return stoppedCode(service.status)
    if (credential.status !== 'active') return `CREDENTIAL_${credential.status.toUpperCase()}`
    if (time >= credential.expires) return 'CREDENTIAL_EXPIRED'
    const participant = this.books.participants.get(`${sub}/${credential.participant}`)
    if (participant && participant.status !== 'active') return 'PARTICIPANT_INACTIVE'
    if (!this.books.functionsOf(service, participant).includes('put')) return 'NOT_ALLOWED'
    return credential.scopes.includes('records:write') ? undefined : 'SCOPE_MISSING'
  }

  #times({ kind, iat, exp, cti }: ModelStatement, time: number): string | undefined {
    if (iat > time + 600) return 'ISSUED_IN_FUTURE'
    if (exp !== undefined && exp <= time) return 'STATEMENT_EXPIRED'
    if (kind === 'record') return undefined
    const isBounded = exp !== undefined && exp <= time + 3600
    return isBounded && cti !== undefined ? undefined : 'EXPIRY_REQUIRED'
  }

  #effect(one: ModelStatement, { owner }: Key, time: number): string | undefined {
    if (!one.act) return this.#quota(one, owner, time)
    const after = this.books.copy()
    const refusal = applyAct(after, one.act, { owner, key: one.key, time, index: this.size })
    if (!refusal) this.books = after
    return refusal
  }

  /** Counts a record of a credential with a limit; a day is of block time. */
  #quota(one: ModelStatement, owner: string, time: number): string | undefined {
    const id = one.credential ?? owner.replace('credential/', '')
    const most = this.books.credentials.get(id)?.writesPerDay
    if (most === undefined) return undefined
    const day = Math.floor(time / 86_400)
    const before = this.books.quotas.get(id) ?? { day, count: 0, version: 0 }
    const count = before.day === day ? before.count + 1 : 1
    if (count > most) return 'QUOTA_EXCEEDED'
    this.books.quotas.set(id, { day, count, version: before.version + 1 })
    return undefined
  }
}
