import type { BlockStore, Indexed } from './block-store.ts'
import type { Hex } from './hex.ts'
import type { IndexedTransaction } from './indexed-transactions.ts'

/** Follows the chain of one service into the tables. */
export interface Follower {
  readonly indexed: Indexed
  /** Something may have changed: it is looked at soon. */
  touched(): void
  /** Settles when all is read that the chain had when it was called. */
  advance(signal: AbortSignal): Promise<void>
  /** The first of these transactions that is in a block. Rejects with the signal's reason. */
  wait(hashes: () => readonly Hex[], signal: AbortSignal): Promise<IndexedTransaction>
  /** Settles when a log at or after a position may be there, or the signal is aborted. */
  waitForLogs(position: number, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Where a follower writes, and whom it tells. */
export type FollowPorts = {
  readonly store: BlockStore
  /** More blocks are in the index. */
  readonly onBlocks: (indexed: Indexed) => void
  /** Blocks above a height are about to be dropped, in one database transaction with this. */
  readonly onDrop: (indexed: Indexed, height: number) => void
}

export type Follow = (service: string, ports: FollowPorts) => Follower | undefined
