import type { CheckedStatement, CheckResult } from '../crypto/check-pool.ts'
import type { Submission } from '../crypto/own-statement.ts'
import type { Block, BlockSignature, SubmitOutcome } from './ledger.ts'
import type { LogPlan } from './log/log-tree.ts'
import type { QuotaDays } from './quota-count.ts'
import type { StatePlan } from './state/state-tree.ts'
import type { StateOverlay } from './state/state-view.ts'

/** What tells a statement from others in the log. */
export type StatementIdentity = Pick<CheckedStatement, 'identity' | 'content' | 'iat' | 'isAct'>

/** What a sequencer decided: these statements, in this order, at this time. */
export type Proposal = {
  readonly height: number
  /** Seconds since 1970. */
  readonly time: number
  readonly statements: readonly CheckedStatement[]
}

/** Why nobody may vote for a proposal of somebody else: in words, for people. */
export type Unfit = { readonly unfit: string }

/** What a proposal comes to. Nothing of it is in the ledger until it is committed. */
export type Execution = {
  readonly block: Omit<Block, 'signatures'>
  readonly outcomes: readonly SubmitOutcome[]
  readonly appended: readonly CheckedStatement[]
  readonly log: LogPlan
  readonly state: StatePlan
  readonly overlay: StateOverlay
  /** True where an act changed the state. */
  readonly hasActs: boolean
  /** Counts of writes per day that the state does not have yet; undefined where it has all. */
  readonly quotas: QuotaDays | undefined
}

/**
 * The ledger's rules, in the shape of ABCI 2.0; a sequencer drives them. The same proposals give
 * the same hashes under every sequencer.
 */
export interface Application {
  /** The last committed block. */
  readonly head: Block

  /**
   * Form and signatures, once, off the main thread; what this process signed is not verified again.
   * What state decides is left to `execute`.
   */
  check(statements: readonly Submission[]): Promise<CheckResult[]>

  /** How many of these statements, from the front, make one block. */
  prepare(statements: readonly CheckedStatement[]): number

  /**
   * A proposal of somebody else, from the checks of its statements, or why nobody may vote for it:
   * its place, its time, or the form or signature of a statement. What state refuses never makes a
   * proposal invalid, nor does a key that the state does not know: such a statement is left out.
   */
  process(proposal: Omit<Proposal, 'statements'>, results: readonly CheckResult[]): Proposal | Unfit

  /** Runs a proposal on top of the last block. Writes nothing. */
  execute(proposal: Proposal): Execution

  /**
   * What a statement comes to in any block, because its act is in the log; undefined where that
   * must be executed.
   */
  known(statement: StatementIdentity): SubmitOutcome | undefined

  /**
   * Makes an execution the last block, durable in one write. `before`: the signatures of the block
   * before, where this one brings them; they take the place of those that it had.
   * @throws STORE_COMMIT_FAILED: the process must end and begin again from the store
   */
  commit(
    execution: Execution,
    signatures: readonly BlockSignature[],
    before?: readonly BlockSignature[],
  ): Promise<Block>

  /** A consistent copy of everything, made while the ledger works; a ledger opens from it. */
  snapshot(folder: string): Promise<void>
}
