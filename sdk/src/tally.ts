import { sha256 } from '#sha256'
import { type CborValue, encodeCbor } from './cbor.ts'

/** What a member says to a proposal. */
export const voteChoices = ['yes', 'no', 'abstain'] as const
export type VoteChoice = (typeof voteChoices)[number]

/** A share as [numerator, denominator], so that two thirds are just that. */
export type Share = readonly [numerator: number, denominator: number]

/** What it takes to pass; a proposal keeps those that it began under. */
export type VotingRules = {
  /** Share of the power that must have voted, abstentions included. */
  readonly quorum: Share
  /** Share of yes among yes and no; just as much is enough. */
  readonly threshold: Share
}

/** A member, its power, and its vote if it has voted. */
export type Voter = {
  readonly id: string
  readonly power: number
  readonly choice: VoteChoice | undefined
}

/** Sums of power but for `yesVoters` (members that said yes) and `members` (all of them). */
export type Tally = {
  readonly yes: number
  readonly no: number
  readonly abstain: number
  readonly total: number
  readonly yesVoters: number
  readonly members: number
  /** Who may still vote: their power and their number. */
  readonly open: number
  readonly openVoters: number
}

export type CountOptions = {
  /** The member whose keys are to be replaced: it has no vote, and its power counts as a no. */
  readonly subject?: string | undefined
}

/** Adds the votes up. */
export function countVotes(voters: readonly Voter[], { subject }: CountOptions = {}): Tally {
  const mayVote = voters.filter(({ id }) => id !== subject)
  const sum = (list: readonly Voter[]) => list.reduce((power, one) => power + one.power, 0)
  const of = (choice: VoteChoice | undefined) => mayVote.filter((one) => one.choice === choice)
  return {
    yes: sum(of('yes')),
    no: sum(of('no')) + sum(voters.filter(({ id }) => id === subject)),
    abstain: sum(of('abstain')),
    total: sum(voters),
    yesVoters: of('yes').length,
    members: voters.length,
    open: sum(of(undefined)),
    openVoters: of(undefined).length,
  }
}

/**
 * What the votes come to: when the time is over, as they are; before that only what no vote that is
 * still open can change. No member passes anything alone, unless it is the only one.
 */
export function decideVotes(
  tally: Tally,
  rules: VotingRules,
  { isOver }: { readonly isOver: boolean },
): 'passed' | 'rejected' | undefined {
  const { yes, no, open, openVoters, yesVoters } = tally
  if (isOver) return isEnough(tally, rules) ? 'passed' : 'rejected'
  if (isEnough(tally, rules) && isEnough({ ...tally, no: no + open }, rules)) return 'passed'
  const best = { ...tally, yes: yes + open, yesVoters: yesVoters + openVoters }
  return isEnough(best, rules) ? undefined : 'rejected'
}

/** In whole numbers: powers are below 2^27 in sum, and the parts of shares below 2^10. */
function isEnough(tally: Tally, { quorum, threshold }: VotingRules): boolean {
  const { yes, no, abstain, total, yesVoters, members } = tally
  const isQuorum = (yes + no + abstain) * quorum[1] >= total * quorum[0]
  const isYes = yes * threshold[1] >= (yes + no) * threshold[0]
  return isQuorum && isYes && yesVoters >= Math.min(2, members)
}

/** What a vote is about: the proposal as whoever votes has read it. */
export type ProposalText = {
  readonly id: string
  readonly title: string
  readonly reason: string
  /** Each [module, content type, payload]. */
  readonly acts: readonly CborValue[]
  /** Seconds since 1970. */
  readonly deadline: number
}

/** SHA-256 that a vote names, so that nobody votes for another text under the same id. */
export function proposalDigest(text: ProposalText): Uint8Array {
  const { id, title, reason, acts, deadline } = text
  return sha256(encodeCbor([id, title, reason, [...acts], deadline]))
}
