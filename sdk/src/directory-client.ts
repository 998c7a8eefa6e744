import { type AskJson, queryText } from './json-send.ts'

/** A service as the state has it. */
export type ServiceObject = {
  readonly id: string
  /** Such as `member/x`. */
  readonly publisher?: string
  readonly framework?: string
  readonly environment?: string
  readonly keyMode?: string
  readonly access?: string
  readonly readers?: string
  readonly functions?: readonly string[]
  readonly roles?: readonly { readonly role: string; readonly functions: readonly string[] }[]
  readonly nodes?: readonly string[]
  readonly status?: string
  /** Of an EVM service whose chain the gateway has: its EIP-155 id. */
  readonly chainId?: number
  /** Path of its JSON-RPC at that gateway, with `{accessKey}` in place of an API key. */
  readonly rpc?: string
  /** Counts the changes; `expect` of the next one. */
  readonly version: number
}

export type ParticipantObject = {
  readonly id: string
  readonly role?: string
  readonly status?: string
  readonly version: number
}

/** An account or contract of an EVM service that is frozen until each of `freezes` ends. */
export type FrozenAccount = {
  /** With its checksum (EIP-55). */
  readonly address: string
  readonly freezes: readonly {
    /** The publisher, such as `member/x`; `voters/all` after a vote. */
    readonly by: string
    /** Index of the entry of the ledger that froze it. */
    readonly entry: number
    readonly reason?: string
  }[]
  /** Counts the changes; `expect` of the next one. */
  readonly version: number
}

/** A city node; its place in microdegrees. */
export type NodeObject = {
  readonly id: string
  readonly operator?: string
  readonly city?: string
  readonly country?: string
  readonly latitude?: number
  readonly longitude?: number
  readonly gateway?: string
  readonly software?: string
  readonly frameworks?: readonly string[]
  /** Names of the groups that it keeps beside the root ledger. */
  readonly groups?: readonly string[]
  /** Where other nodes of the network reach it. */
  readonly peer?: string
  /** Thumbprint of its key for blocks in hex, where it has one. */
  readonly validator?: string
  readonly status?: string
  readonly version: number
  /** Present where its validator was proven to have signed two blocks of one height. */
  readonly equivocation?: { readonly first: number; readonly last: number; readonly times: number }
  /** As the gateway that is asked found it last, where it asks other nodes; not proven. */
  readonly liveness?: NodeLiveness
}

/** How a node answered another one; times in seconds since 1970. */
export type NodeLiveness = {
  /** When it was asked last; it did not answer then where `seen` is before. */
  readonly asked: number
  readonly seen?: number
  readonly latencyMs?: number
  readonly height?: number
  /** Blocks that it was behind the one that asked. */
  readonly behind?: number
}

/** A credential; times in seconds since 1970. */
export type CredentialObject = {
  readonly id: string
  readonly service?: string
  readonly label?: string
  readonly status?: string
  readonly scopes?: readonly string[]
  readonly operators?: readonly string[]
  readonly participant?: string
  /** Thumbprints in hex. */
  readonly keys?: readonly string[]
  readonly apiKeys?: readonly { readonly hint: string; readonly until?: number }[]
  readonly perSecond?: number
  readonly writesPerDay?: number
  readonly expires?: number
  readonly version: number
}

/** What one credential wrote to a service on one day. */
export type UsageRow = {
  readonly service: string
  /** Or the member that signed by itself. */
  readonly credential: string
  /** Such as 2026-11-25, in UTC, by block time. */
  readonly day: string
  readonly entries: number
  readonly bytes: number
}

/** What one credential called by JSON-RPC through the gateway that was asked. */
export type CallsRow = {
  readonly service: string
  readonly credential: string
  readonly calls: number
  /** Of these calls, as limits count them. */
  readonly cost: number
  readonly transactions: number
}

export type UsageAnswer = {
  readonly usage: readonly UsageRow[]
  /** With the first page, where there were any. */
  readonly calls?: readonly CallsRow[]
  readonly next?: string
}

/** `from` and `to` (exclusive) are days. */
export type UsageQuery = Page & {
  readonly service?: string
  readonly credential?: string
  readonly from?: string
  readonly to?: string
}

type Page = { readonly cursor?: string; readonly limit?: number }
export type ServicesQuery = Page & {
  readonly publisher?: string
  readonly framework?: string
  readonly status?: string
}
export type ParticipantsQuery = Page & { readonly role?: string; readonly status?: string }
export type CredentialsQuery = Page & { readonly status?: string; readonly participant?: string }
export type NodesQuery = Page & {
  readonly operator?: string
  readonly country?: string
  readonly status?: string
}

/** What is in the state: shown by the gateway; `Client.state` has the proof of each. */
export interface Directory {
  /** @throws SERVICE_UNKNOWN */
  service(id: string): Promise<ServiceObject>
  /** In the order of names. With filters a page may have few or none and still a `next`. */
  services(query?: ServicesQuery): Promise<{
    readonly services: readonly ServiceObject[]
    readonly next?: string
  }>
  participants(
    service: string,
    query?: ParticipantsQuery,
  ): Promise<{ readonly participants: readonly ParticipantObject[]; readonly next?: string }>
  /** In the order of addresses. A page may have few or none and still a `next`. */
  frozenAccounts(
    service: string,
    query?: Page,
  ): Promise<{ readonly accounts: readonly FrozenAccount[]; readonly next?: string }>
  /** For the credential itself, and on the gateway's own machine. @throws OBJECT_NOT_FOUND */
  credential(id: string): Promise<CredentialObject>
  /** Of a credential itself alone; on the gateway's machine all of the service, by their ids. */
  credentials(
    service: string,
    query?: CredentialsQuery,
  ): Promise<{ readonly credentials: readonly CredentialObject[]; readonly next?: string }>
  /** @throws OBJECT_NOT_FOUND */
  node(id: string): Promise<NodeObject>
  nodes(query?: NodesQuery): Promise<{
    readonly nodes: readonly NodeObject[]
    readonly next?: string
  }>
  /** Counted by the gateway, not proven. Of a credential its own; on the gateway's machine all. */
  usage(query?: UsageQuery): Promise<UsageAnswer>
}

/** @throws nothing; the first request does */
export function createDirectory(ask: AskJson): Directory {
  const part = encodeURIComponent
  return {
    service: (id) => ask(`/services/${part(id)}`),
    services: (query = {}) => ask(`/services${queryText(query)}`),
    participants: (service, query = {}) =>
      ask(`/services/${part(service)}/participants${queryText(query)}`),
    frozenAccounts: (service, query = {}) =>
      ask(`/services/${part(service)}/frozen-accounts${queryText(query)}`),
    credential: (id) => ask(`/credentials/${part(id)}`),
    credentials: (service, query = {}) =>
      ask(`/services/${part(service)}/credentials${queryText(query)}`),
    node: (id) => ask(`/nodes/${part(id)}`),
    nodes: (query = {}) => ask(`/nodes${queryText(query)}`),
    usage: (query = {}) => ask(`/usage${queryText(query)}`),
  }
}
