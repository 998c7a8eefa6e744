import type { Genesis, StateProof } from '@openbsn/sdk'
import type { AuthorityFields } from '../crypto/check-messages.ts'
import type { Refusal } from '../crypto/check-statement.ts'
import type { Submission } from '../crypto/own-statement.ts'
import type { VotedAct } from './modules/module.ts'
import type { StateReader } from './state/state-view.ts'
import type { TriedChange } from './try-voted.ts'

/** A block as stored. Everything but `signatures` is the same on every node. */
export type Block = {
  readonly height: number
  /** Seconds since 1970; never below that of the block before. */
  readonly time: number
  /** Index of its first entry, and how many it has (none where every statement was refused). */
  readonly firstIndex: number
  readonly count: number
  readonly logRoot: Uint8Array
  readonly stateRoot: Uint8Array
  /** SHA-256 over (log size, log root, state root). */
  readonly appHash: Uint8Array
  readonly signatures: readonly BlockSignature[]
}

/** A validator's signature over the block's anchor and log root (see `encodeAnchor`). */
export type BlockSignature = {
  readonly kid: Uint8Array
  readonly algorithm: number
  readonly signature: Uint8Array
}

/** What became of one statement. A refused one has no entry. */
export type SubmitOutcome = (
  | { readonly outcome: 'appended' | 'duplicate'; readonly index: number; readonly height: number }
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string }
) & {
  /** What it says of itself; absent where its signature was not verified, or does not hold. */
  readonly authority?: AuthorityFields
}

export type EntryRecord = {
  readonly index: number
  readonly height: number
  readonly time: number
  /** The registered bytes: a copy. */
  readonly statement: Uint8Array
}

export type StateAnswer = {
  readonly value: Uint8Array | null
  readonly proof: StateProof
  /** The block whose state root the proof leads to. */
  readonly block: Block
}

/** What stands under one key of the state. */
export type StateItem = { readonly key: string; readonly value: Uint8Array }

/**
 * One ledger as the gateway sees it: the same under every sequencer. As a reader of the state it
 * gives what the last block on disk left, without proof.
 */
export interface Ledger extends StateReader {
  readonly id: string
  readonly genesis: Genesis
  /** The last committed block. Height 0 is the genesis state: no entries, no signatures. */
  readonly head: Block

  /**
   * Registers statements: one outcome each, in order, after they are durable. One that is refused
   * does not touch the others.
   * @throws LEDGER_BUSY (retryable: not sent), LEDGER_STOPPED (fate unknown: ask after a restart)
   */
  submit(statements: readonly Submission[]): Promise<SubmitOutcome[]>

  /** Index of the entry of an act, by its `statementIdentity`; undefined where it has none. */
  findAct(identity: Uint8Array): number | undefined
  /** Undefined where there is no such block, or entry. */
  block(height: number): Block | undefined
  entry(index: number): EntryRecord | undefined
  /** Index of the first entry whose block time is `time` or later; the log's size if none is. */
  firstIndexAt(time: number): number

  /** COSE receipts of one entry, one per validator that signed; empty while pending. */
  receipts(index: number): Uint8Array[]
  /** Signed checkpoints (COSE_Sign1 with the log root), one per validator that signed the block. */
  checkpoints(block: Block): Uint8Array[]
  /** Path from the leaf's sibling up in the tree of `size` entries. Needs index < size ≤ head. */
  inclusionPath(index: number, size: number): Uint8Array[]
  /** Path for `isConsistent`. Needs before ≤ size ≤ head. */
  consistencyPath(before: number, size: number): Uint8Array[]
  /**
   * Hashes of one static tile: 256 for a full one, fewer at the right edge; undefined where the
   * tree has not come so far. Level 0 holds leaf hashes, level n roots of full tiles of n - 1.
   */
  tile(level: number, index: number): Uint8Array | undefined

  /**
   * Up to `limit` objects of the state whose keys begin with `prefix` and come after the key
   * `after`, in the order of their keys. Copies.
   */
  objects(prefix: string, after: string | undefined, limit: number): StateItem[]
  /**
   * Records that a credential with writes per day has written on the day of `time`, as of the last
   * block; the state may say less (`quotaStep`).
   */
  writtenOn(credential: string, time: number): number
  /** The value under a state key with its proof against the last block's state root. */
  state(key: string): StateAnswer
  /** What acts would do now if the members had decided them, or the refusal of one. */
  tryVoted(acts: readonly VotedAct[]): readonly TriedChange[] | Refusal
  /** Key bundle of the validators, genesis included. */
  keyBundle(): Uint8Array

  /** Ends after everything submitted is committed and on disk. */
  close(): Promise<void>
}
