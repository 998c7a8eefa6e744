/** What the model knows, by name: plain maps. */

/** An act and its fields; keys stand there by their names. */
export type ModelAct = { readonly does: string; readonly fields: Fields }
export type Fields = Readonly<Record<string, string | number | boolean | readonly unknown[]>>

type Versioned = { readonly version: number }
export type Key = Versioned & {
  readonly owner: string
  readonly revoked: boolean
  readonly until: number
}
export type Service = Versioned & {
  readonly publisher: string
  readonly framework: string
  readonly keyMode: string
  readonly access: string
  readonly readers: string
  readonly functions: readonly string[]
  readonly roles: readonly (readonly [name: string, functions: readonly string[]])[]
  readonly nodes: readonly string[]
  readonly status: string
}
export type Participant = Versioned & {
  readonly role: string
  readonly owner: string
  readonly status: string
}
export type Credential = Versioned & {
  readonly service: string
  readonly participant?: string
  readonly keys: readonly string[]
  /** Names and ends. */
  readonly apiKeys: readonly (readonly [name: string, until: number])[]
  readonly scopes: readonly string[]
  readonly operators: readonly string[]
  readonly perSecond?: number
  readonly writesPerDay?: number
  readonly expires: number
  readonly status: string
}
export type CityNode = Versioned & {
  readonly operator: string
  readonly facts: Fields
  readonly status: string
}
/** The last range of a chain's blocks; `hash` is what was hashed. */
export type Chain = Versioned & {
  readonly chain: number
  readonly generation: number
  readonly last: number
  readonly hash: string
}
/** The node that signs for a credential, and what stands for the address of its account. */
type Sender = Versioned & { readonly node: string; readonly address: string }
/** An account of a chain: who froze it, as [who, entry, reason]. */
type Account = Versioned & {
  readonly status: string
  readonly freezes: readonly (readonly (string | number)[])[]
}
/** Of a city node; certificates stand there as they are. */
type Organisation = Versioned & {
  readonly root: string
  readonly peer: string
  readonly orderer?: string
  readonly ordererCertificate?: string
  readonly bftOrderer?: string
  readonly bftCertificate?: string
  readonly bftIdentity?: string
}
/** `block` is what was hashed. */
type Channel = Versioned & { readonly nodes: readonly string[]; readonly block: string }
/** `update` and `signed` as long as it is under way; bytes stand there as what was hashed. */
type ChannelChange = Versioned & {
  readonly number: number
  readonly nodes: readonly string[]
  readonly update?: string
  readonly signed?: readonly (readonly [node: string, signature: string])[]
}
type Contract = Versioned & {
  readonly package: string
  readonly sequence: number
  readonly policy?: string
}
export type Group = Versioned & { readonly ledger: string; readonly status: string }
type Quota = Versioned & { readonly day: number; readonly count: number }

export const never = Number.POSITIVE_INFINITY
/** What services of each kind offer. */
export const functionsOf: Readonly<Record<string, readonly string[]>> = {
  records: ['put', 'get', 'list', 'history', 'events'],
  evm: ['call', 'send', 'events'],
  fabric: ['call', 'send', 'events'],
}

/** Everything that the ledger's state stands for. */
export class Books {
  alliance = { members: ['admin'] as readonly string[], serviceReview: false, version: 1 }
  keys = new Map<string, Key>()
  services = new Map<string, Service>()
  /** By service and id, with a slash between. */
  participants = new Map<string, Participant>()
  credentials = new Map<string, Credential>()
  nodes = new Map<string, CityNode>()
  groups = new Map<string, Group>()
  /** By service. */
  chains = new Map<string, Chain>()
  /** By credential. */
  senders = new Map<string, Sender>()
  /** By service and the name that stands for an address, with a slash between. */
  accounts = new Map<string, Account>()
  /** By node. */
  organisations = new Map<string, Organisation>()
  /** By service. */
  channels = new Map<string, Channel>()
  /** By service. */
  changes = new Map<string, ChannelChange>()
  /** By service and name, with a slash between. */
  contracts = new Map<string, Contract>()
  quotas = new Map<string, Quota>()
  /** As the state has them, which may be behind. */
  quotasInState = new Map<string, Quota>()
  /** Whose an API key is. */
  apiKeys = new Map<string, string>()

  constructor() {
    this.addKey('member', 'member/admin')
  }

  /** Changes to it do not touch this. */
  copy(): Books {
    const copy = Object.assign(new Books(), this)
    copy.keys = new Map(this.keys)
    copy.services = new Map(this.services)
    copy.participants = new Map(this.participants)
    copy.credentials = new Map(this.credentials)
    copy.nodes = new Map(this.nodes)
    copy.groups = new Map(this.groups)
    copy.chains = new Map(this.chains)
    copy.senders = new Map(this.senders)
    copy.accounts = new Map(this.accounts)
    copy.organisations = new Map(this.organisations)
    copy.channels = new Map(this.channels)
    copy.changes = new Map(this.changes)
    copy.contracts = new Map(this.contracts)
    copy.apiKeys = new Map(this.apiKeys)
    return copy
  }

  addKey(name: string, owner: string): void {
    this.keys.set(name, { owner, revoked: false, until: never, version: 1 })
  }

  revokeKey(name: string): void {
    const key = this.keys.get(name)
    if (key) this.keys.set(name, { ...key, revoked: true, version: key.version + 1 })
  }

  /** What may be called in a service; by a participant, where there is one. */
  functionsOf(service: Service, participant: Participant | undefined): readonly string[] {
    if (!participant) return service.functions
    const [, ofRole = []] = service.roles.find(([name]) => name === participant.role) ?? []
    return service.functions.filter((one) => ofRole.includes(one))
  }
}
