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
  readonly recordKey?: string
  /** What the act says, or the record's text. */
  readonly payload: string
  readonly act?: ModelAct
}

const serviceMoves = {
  'service-freeze': { from: ['running'], to: 'frozen' },
  'service-unfreeze': { from: ['frozen'], to: 'running' },
  'service-retire': { from: ['running', 'frozen'], to: 'retired' },
} as const
const credentialMoves = {
  'credential-freeze': 'frozen',
  'credential-unfreeze': 'active',
  'credential-revoke': 'revoked',
} as const

export type ModelAct =
  | { readonly does: 'service-create'; readonly id: string }
  | {
      readonly does: keyof typeof serviceMoves | keyof typeof credentialMoves
      readonly id: string
      readonly expect: number
    }
  | {
      readonly does: 'credential-rotate'
      readonly id: string
      readonly expect: number
      readonly keys: readonly string[]
      readonly until: number
    }
  | {
      readonly does: 'credential-create'
      readonly id: string
      readonly service: string
      readonly keys: readonly string[]
      readonly expires?: number
    }
  | { readonly does: 'key-register'; readonly key: string }
  | { readonly does: 'key-revoke'; readonly key: string; readonly expect: number }

type Key = {
  readonly owner: string
  readonly revoked: boolean
  readonly until: number
  readonly version: number
}
type Service = { readonly status: string; readonly version: number }
type Credential = {
  readonly service: string
  readonly keys: readonly string[]
  readonly expires: number
  readonly status: string
  readonly version: number
}
type Entry = { readonly content: string; readonly index: number; readonly height: number }

export type ModelOutcome =
  | { readonly outcome: 'appended' | 'duplicate'; readonly index: number; readonly height: number }
  | { readonly outcome: 'refused'; readonly code: string }

const never = Number.POSITIVE_INFINITY
const newKey = (owner: string): Key => ({ owner, revoked: false, until: never, version: 1 })
const refused = (code: string): ModelOutcome => ({ outcome: 'refused', code })

export class RulesModel {
  readonly keys = new Map<string, Key>([['member', newKey('member/admin')]])
  readonly services = new Map<string, Service>()
  readonly credentials = new Map<string, Credential>()
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
    const known = new Set(this.keys.keys())
    const height = this.height + 1
    const { size } = this
    const outcomes = statements.map((one) =>
      known.has(one.key) ? this.#decide(one, time, height) : refused('KEY_UNKNOWN'),
    )
    if (this.size > size) {
      this.height = height
      this.time = time
    }
    return outcomes
  }

  #decide(one: ModelStatement, time: number, height: number): ModelOutcome {
    const key = this.keys.get(one.key)
    if (one.aud !== 'here') return refused('LEDGER_MISMATCH')
    if (key?.owner.replace(/^.*\//, '') !== one.iss) return refused('ISSUER_MISMATCH')
    const identity =
      one.cti === undefined ? JSON.stringify(one) : `${one.sub} ${one.iss} ${one.cti}`
    const content = JSON.stringify([one.type, one.recordKey, one.payload])
    const entry = this.#entries.get(identity)
    if (entry && entry.content !== content) return refused('ACT_ID_CONFLICT')
    if (entry) return { outcome: 'duplicate', index: entry.index, height: entry.height }
    const refusal = this.#rights(one, key, time) ?? this.#times(one, time) ?? this.#act(one, time)
    if (refusal) return refused(refusal)
    const index = this.size++
    this.#entries.set(identity, { content, index, height })
    return { outcome: 'appended', index, height }
  }

  #rights(one: ModelStatement, key: Key, time: number): string | undefined {
    const refusal = one.kind === 'record' ? this.#recordRights(one, key, time) : undefined
    if (refusal) return refusal
    if (one.kind === 'act' && key.owner !== 'member/admin') return 'NOT_ALLOWED'
    if (key.revoked) return 'KEY_REVOKED'
    return time < key.until ? undefined : 'KEY_REPLACED'
  }

  #recordRights({ sub, type }: ModelStatement, { owner }: Key, time: number) {
    if (type.startsWith('application/vnd.openbsn.')) return 'CONTENT_TYPE_INVALID'
    const service = this.services.get(sub)
    if (!service) return 'SERVICE_UNKNOWN'
    const credential = this.credentials.get(owner.replace('credential/', ''))
    if (credential?.service !== sub) return 'NOT_ALLOWED'
    if (service.status !== 'running') return `SERVICE_${service.status.toUpperCase()}`
    if (credential.status !== 'active') return `CREDENTIAL_${credential.status.toUpperCase()}`
    return time < credential.expires ? undefined : 'CREDENTIAL_EXPIRED'
  }

  #times({ kind, iat, exp, cti }: ModelStatement, time: number): string | undefined {
    if (iat > time + 600) return 'ISSUED_IN_FUTURE'
    if (exp !== undefined && exp <= time) return 'STATEMENT_EXPIRED'
    if (kind === 'record') return undefined
    const isBounded = exp !== undefined && exp <= time + 3600
    return isBounded && cti !== undefined ? undefined : 'EXPIRY_REQUIRED'
  }

  #act({ act, key }: ModelStatement, time: number): string | undefined {
    switch (act?.does) {
      case undefined:
        return undefined
      case 'service-create':
        if (this.services.has(act.id)) return 'ACT_CONFLICT'
        this.services.set(act.id, { status: 'running', version: 1 })
        return undefined
      case 'service-freeze':
      case 'service-unfreeze':
      case 'service-retire':
        return this.#moveService(act.id, act.expect, serviceMoves[act.does])
      case 'credential-create':
        return this.#createCredential(act, time)
      case 'credential-rotate':
        return this.#rotateCredential(act, time)
      case 'credential-freeze':
      case 'credential-unfreeze':
      case 'credential-revoke':
        return this.#moveCredential(act.id, act.expect, credentialMoves[act.does])
      case 'key-register':
        if (this.keys.has(act.key)) return 'ACT_CONFLICT'
        this.keys.set(act.key, newKey('member/admin'))
        return undefined
      case 'key-revoke':
        return this.#revokeKey(act, key)
    }
  }

  #createCredential(
    { id, service, keys, expires = never }: ModelAct & { does: 'credential-create' },
    time: number,
  ): string | undefined {
    const status = this.services.get(service)?.status
    if (!status) return 'SERVICE_UNKNOWN'
    if (status !== 'running') return `SERVICE_${status.toUpperCase()}`
    if (this.credentials.has(id)) return 'ACT_CONFLICT'
    if (expires <= time) return 'ACT_INVALID'
    if (keys.some((key) => this.keys.has(key)) || new Set(keys).size < keys.length) {
      return 'ACT_CONFLICT'
    }
    for (const key of keys) this.keys.set(key, newKey(`credential/${id}`))
    this.credentials.set(id, { service, keys, expires, status: 'active', version: 1 })
    return undefined
  }

  #moveService(
    id: string,
    expect: number,
    { from, to }: { readonly from: readonly string[]; readonly to: string },
  ): string | undefined {
    const service = this.services.get(id)
    if (!service) return 'OBJECT_NOT_FOUND'
    if (service.version !== expect) return 'VERSION_STALE'
    if (!from.includes(service.status)) return 'ACT_CONFLICT'
    this.services.set(id, { status: to, version: expect + 1 })
    return undefined
  }

  #moveCredential(id: string, expect: number, status: string): string | undefined {
    const credential = this.credentials.get(id)
    if (!credential) return 'OBJECT_NOT_FOUND'
    if (credential.version !== expect) return 'VERSION_STALE'
    if (credential.status === 'revoked' || credential.status === status) return 'ACT_CONFLICT'
    this.credentials.set(id, { ...credential, status, version: expect + 1 })
    if (status === 'revoked') for (const key of credential.keys) this.#setRevoked(key)
    return undefined
  }

  #rotateCredential(
    { id, expect, keys, until: wanted }: ModelAct & { does: 'credential-rotate' },
    time: number,
  ): string | undefined {
    const credential = this.credentials.get(id)
    if (!credential) return 'OBJECT_NOT_FOUND'
    if (credential.version !== expect) return 'VERSION_STALE'
    if (credential.status === 'revoked') return 'ACT_CONFLICT'
    const until = Math.max(time, wanted)
    if (until > time + 90 * 86_400) return 'ACT_INVALID'
    if (keys.some((key) => this.keys.has(key)) || new Set(keys).size < keys.length) {
      return 'ACT_CONFLICT'
    }
    const endOf = (name: string) => Math.min(until, this.keys.get(name)?.until ?? never)
    const live = credential.keys.filter((name) => endOf(name) > time)
    if (live.length + keys.length > 8) return 'ACT_CONFLICT'
    for (const name of credential.keys) {
      const key = this.keys.get(name)
      if (key && key.until > until) this.keys.set(name, { ...key, until, version: key.version + 1 })
    }
    for (const key of keys) this.keys.set(key, newKey(`credential/${id}`))
    this.credentials.set(id, { ...credential, keys: [...live, ...keys], version: expect + 1 })
    return undefined
  }

  #revokeKey(
    { key, expect }: ModelAct & { does: 'key-revoke' },
    signer: string,
  ): string | undefined {
    const object = this.keys.get(key)
    if (!object) return 'OBJECT_NOT_FOUND'
    if (object.version !== expect) return 'VERSION_STALE'
    if (object.owner !== 'member/admin') return 'NOT_ALLOWED'
    if (object.revoked || key === signer) return 'ACT_CONFLICT'
    this.#setRevoked(key)
    return undefined
  }

  #setRevoked(name: string): void {
    const key = this.keys.get(name)
    if (key) this.keys.set(name, { ...key, revoked: true, version: key.version + 1 })
  }
}
