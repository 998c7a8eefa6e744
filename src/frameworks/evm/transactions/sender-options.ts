import type { Chain } from '../chain.ts'
import type { FeeSource } from './fees.ts'

export type SenderOptions = {
  /** Transactions of one account that are estimated, and sent, as one call to the chain. */
  readonly batchMax: number
  /** Of one account; more are refused. */
  readonly waitingMax: number
  /** Of all accounts together, handed over and in no block yet. */
  readonly inQueueMax: number
  /** How often one that was kept from being sent is tried again. */
  readonly triesMax: number
  readonly retryMs: number
  /** How often it is looked whether what was sent is in a block. */
  readonly pollMs: number
  /** Not in a block for so long: its fees are raised. */
  readonly stuckMs: number
  /** So long it is believed that a block has ours where the nonce is used and no block shows it. */
  readonly doubtMs: number
  /** After this, nothing that was taken out of a sandbox's queue is about to enter a block. */
  readonly dropMs: number
  /** In wei by gas: no transaction offers more, whatever the chain asks for. */
  readonly feeMax: bigint
  /** Gas on top of the estimate, as a divisor of it: the state may be another in the block. */
  readonly gasMargin: bigint
}

const common = {
  batchMax: 128,
  waitingMax: 4096,
  inQueueMax: 512,
  triesMax: 8,
  retryMs: 50,
  dropMs: 200,
  feeMax: 5_000_000_000_000n,
  gasMargin: 4n,
} as const

/** A sandbox has a transaction in a block when it is answered; others take seconds. */
export const senderOptions: Readonly<Record<Chain['kind'], SenderOptions>> = {
  sandbox: { ...common, pollMs: 100, stuckMs: 3000, doubtMs: 1000 },
  external: { ...common, pollMs: 2000, stuckMs: 45_000, doubtMs: 10_000 },
}

export type SenderDeps = {
  readonly chain: Chain
  readonly nowMs: () => number
  /** For the operator's log. */
  readonly onNotice: (text: string) => void
  /**
   * The height of the block that has a transaction, where this node has read that block; undefined
   * where it does not know: the chain is asked then.
   */
  readonly heightOf?: (hash: string) => number | undefined
}

/** What all the lanes of one chain have in its queue. */
export type ChainLoad = {
  /** Handed over, and in no block yet as far as is known. */
  waiting: number
}

/** What the lanes of one chain have in common. */
export type LaneDeps = SenderDeps & {
  readonly options: SenderOptions
  readonly fees: FeeSource
  readonly load: ChainLoad
  /** Aborted when the sender is closed. */
  readonly signal: AbortSignal
}
