import { type Proposal, type Quorum, type SimBlock, VoteBook } from './votes.ts'

export type Step = 'waiting' | 'propose' | 'prevote' | 'precommit'

/** A block that this validator, or the network, is bound to since a round. */
export type Bound = { readonly id: string; readonly round: number }

/**
 * What a validator knows of the height that is being decided. It is on its disk, as CometBFT's
 * write-ahead log: a validator that starts again has forgotten no vote of its own.
 */
export class HeightState {
  readonly height: number
  round = 0
  step: Step = 'waiting'
  /** What it precommitted, and votes against nothing else for without a reason. */
  locked: Bound | undefined
  /** What a quorum prevoted last: it proposes this where it has its turn. */
  valid: Bound | undefined
  readonly proposals = new Map<number, Proposal>()
  readonly blocks = new Map<string, SimBlock>()
  /** Whether this node votes for a block, once it was asked. */
  readonly judged = new Map<string, boolean>()
  readonly book: VoteBook
  /** Rounds in which a quorum of prevotes for the proposal was seen. */
  readonly locks = new Set<number>()
  /** Timers that run: each is set once. */
  readonly armed = new Set<string>()
  /** When it began. */
  sinceMs = 0

  constructor(height: number, powers: readonly number[], quorum: Quorum) {
    this.height = height
    this.book = new VoteBook(powers, quorum)
  }

  /** The block proposed in the present round, where it is known. */
  get proposed(): Proposal | undefined {
    return this.proposals.get(this.round)
  }
}
