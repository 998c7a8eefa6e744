import {
  type CborValue,
  countVotes,
  decideVotes,
  type Share,
  type Tally,
  type VoteChoice,
} from '@openbsn/sdk'
import { readAlliance, readMember } from '../ledger/modules/alliance-objects.ts'
import { readPayload, type VotedAct } from '../ledger/modules/module.ts'
import { readObject, type StateObject, type StateReader } from '../ledger/state/state-view.ts'
import { shareOf } from './voting-rules.ts'

/** Proposals as the state has them: for the rules here, and for gateways. */

export const proposalKey = (id: string) => `proposal/${id}`

/** Open: votes come in. Passed: waits for its time lock, or for somebody to execute it. */
export type ProposalStatus = 'open' | 'passed' | 'rejected' | 'executed' | 'failed'

/** Times in seconds since 1970. */
export type Proposal = {
  readonly proposer: string
  readonly title: string
  readonly reason: string
  /** Each [module, content type, payload], as they were proposed. */
  readonly acts: readonly CborValue[]
  readonly begun: number
  readonly deadline: number
  readonly quorum: Share
  readonly threshold: Share
  readonly lockSeconds: number
  /** The member whose keys it replaces, which has no vote then. */
  readonly subject: string | undefined
  readonly status: ProposalStatus
  readonly votes: readonly Vote[]
  /** When it passed, and when it may be executed; undefined where it did not pass. */
  readonly due: number | undefined
  readonly version: number
}

/** A member's vote; `index` is that of its entry. */
export type Vote = { readonly member: string; readonly choice: VoteChoice; readonly index: number }

export function readProposal(state: StateReader, id: string): Proposal | undefined {
  const object = readObject(state, proposalKey(id))
  return object && proposalOf(object)
}

/** A proposal's object, typed. */
export function proposalOf(object: StateObject): Proposal {
  const [acts, due, subject] = [object.get('acts'), object.get('due'), object.get('subject')]
  return {
    proposer: String(object.get('proposer')),
    title: String(object.get('title')),
    reason: String(object.get('reason')),
    acts: Array.isArray(acts) ? acts : [],
    begun: Number(object.get('begun')),
    deadline: Number(object.get('deadline')),
    quorum: shareOf(object.get('quorum')) ?? [1, 1],
    threshold: shareOf(object.get('threshold')) ?? [1, 1],
    lockSeconds: Number(object.get('lock')),
    subject: typeof subject === 'string' ? subject : undefined,
    status: object.get('status') as ProposalStatus,
    votes: votesOf(object.get('votes')),
    due: typeof due === 'number' ? due : undefined,
    version: Number(object.get('version')),
  }
}

function votesOf(value: CborValue | undefined): Vote[] {
  return (Array.isArray(value) ? value : []).map((one) => {
    const [member, choice, index] = Array.isArray(one) ? one : []
    return { member: String(member), choice: choice as VoteChoice, index: Number(index) }
  })
}

/** The acts that a list stands for; undefined where it is no such list. */
export function readActs(list: readonly CborValue[]): VotedAct[] | undefined {
  const acts: VotedAct[] = []
  for (const one of list) {
    const [sub, contentType, bytes, ...rest] = Array.isArray(one) ? one : []
    if (typeof sub !== 'string' || typeof contentType !== 'string') return undefined
    if (!(bytes instanceof Uint8Array) || rest.length > 0) return undefined
    const payload = readPayload(bytes)
    if (!(payload instanceof Map)) return undefined
    acts.push({ sub, contentType, payload })
  }
  return acts
}

/** The votes of those who are members now, by the power that they have now. */
export function tallyOf(
  { votes, subject }: Pick<Proposal, 'votes' | 'subject'>,
  state: StateReader,
): { readonly tally: Tally; readonly counted: readonly CborValue[] } {
  const voters = readAlliance(state).members.map((id) => {
    const { choice } = votes.find(({ member }) => member === id) ?? {}
    return { id, power: readMember(state, id)?.power ?? 1, choice }
  })
  const counted = voters.map(({ id, power, choice }): CborValue => [id, power, choice ?? null])
  return { tally: countVotes(voters, { subject }), counted }
}

/**
 * When a proposal may be executed, in seconds since 1970; undefined where it has not passed. One
 * that was still open at its deadline is decided by the votes that it has.
 */
export function dueOf(proposal: Proposal, state: StateReader, now: number): number | undefined {
  if (proposal.status === 'passed') return proposal.due
  if (proposal.status !== 'open' || now < proposal.deadline) return undefined
  const { tally } = tallyOf(proposal, state)
  const isPassed = decideVotes(tally, proposal, { isOver: true }) === 'passed'
  return isPassed ? proposal.deadline + proposal.lockSeconds : undefined
}
