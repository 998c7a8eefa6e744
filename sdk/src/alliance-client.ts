import { type AskJson, queryText } from './json-send.ts'
import type { Share, VoteChoice } from './tally.ts'

/** The alliance and the rules of its votes; times in seconds. */
export type AllianceObject = {
  readonly members: readonly string[]
  readonly serviceReview: boolean
  /** True while no records are taken. */
  readonly stopped: boolean
  readonly quorum: Share
  readonly threshold: Share
  readonly deadlineMin: number
  readonly deadlineMax: number
  /** From a decision to its earliest execution, by what it is about. */
  readonly locks: Readonly<Record<string, number>>
  readonly software: readonly { readonly version: string; readonly from: number }[]
  readonly version: number
}

export type MemberObject = {
  readonly id: string
  readonly name: string
  readonly power: number
  readonly status: string
  readonly version: number
}

/** A proposal; times in seconds since 1970. */
export type ProposalObject = {
  readonly id: string
  readonly proposer: string
  readonly title: string
  readonly reason: string
  readonly acts: readonly {
    readonly module: string
    readonly contentType: string
    /** base64url. */
    readonly payload: string
    /** The payload for people, bytes in hex. */
    readonly fields: unknown
  }[]
  readonly begun: number
  readonly deadline: number
  readonly quorum: Share
  readonly threshold: Share
  /** Seconds. */
  readonly lock: number
  readonly subject?: string
  readonly status: string
  readonly votes: readonly {
    readonly member: string
    readonly choice: VoteChoice
    readonly index: number
  }[]
  readonly due?: number
  readonly counted?: readonly {
    readonly member: string
    readonly power: number
    readonly choice?: VoteChoice
  }[]
  readonly executed?: number
  readonly outcome?: string
  readonly version: number
}

/** A proposal, how it stands, and what it would do now: `changes`, or a `refusal`. */
export type ProposalView = ProposalObject & {
  readonly tally: Readonly<Record<'yes' | 'no' | 'abstain' | 'open' | 'total', number>>
  readonly changes?: readonly {
    readonly key: string
    readonly before: unknown
    readonly after: unknown
  }[]
  readonly refusal?: { readonly code: string; readonly detail: string }
}

/** Another ledger of the alliance, which some of its nodes keep; the root ledger lists it. */
export type GroupObject = {
  readonly id: string
  /** Id of its ledger. */
  readonly ledger: string
  readonly status: string
  /** The active nodes that say that they keep it. */
  readonly nodes: readonly {
    readonly id: string
    readonly operator: string
    readonly gateway: string
  }[]
  readonly version: number
}

type Page = { readonly cursor?: string; readonly limit?: number }
export type ProposalsQuery = Page & { readonly status?: string; readonly proposer?: string }

/** Who decides, and on what: shown by the gateway; `Client.state` has the proof of each. */
export interface AllianceDirectory {
  alliance(): Promise<AllianceObject>
  /** Also those that were removed. */
  members(
    query?: Page,
  ): Promise<{ readonly members: readonly MemberObject[]; readonly next?: string }>
  /** @throws OBJECT_NOT_FOUND */
  proposal(id: string): Promise<ProposalView>
  proposals(
    query?: ProposalsQuery,
  ): Promise<{ readonly proposals: readonly ProposalObject[]; readonly next?: string }>
  /** Of the root ledger. @throws OBJECT_NOT_FOUND */
  group(id: string): Promise<GroupObject>
  groups(query?: Page): Promise<{ readonly groups: readonly GroupObject[]; readonly next?: string }>
}

/** @throws nothing; the first request does */
export function createAllianceDirectory(ask: AskJson): AllianceDirectory {
  return {
    alliance: () => ask('/alliance'),
    members: (query = {}) => ask(`/members${queryText(query)}`),
    proposal: (id) => ask(`/proposals/${encodeURIComponent(id)}`),
    proposals: (query = {}) => ask(`/proposals${queryText(query)}`),
    group: (id) => ask(`/groups/${encodeURIComponent(id)}`),
    groups: (query = {}) => ask(`/groups${queryText(query)}`),
  }
}
