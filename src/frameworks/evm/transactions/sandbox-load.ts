import type { Chain } from '../chain.ts'
import { ask } from '../chain-rpc.ts'

/** What all the lanes of one chain have in its queue. */
export type ChainLoad = {
  /** Handed over, and in no block yet as far as is known. */
  waiting: number
  /** Makes a block where the chain makes none by itself any more. @throws what `ask` does */
  wakeMiner(signal: AbortSignal): Promise<void>
}

/** Between blocks that are asked for. */
const everyMs = 1000

/**
 * anvil makes blocks by itself, but no more once 2,048 transactions came that it has made none for,
 * until it is told to make one (seen with 1.7.1): so it is given fewer at one time, and told.
 */
export function createChainLoad(chain: Chain, nowMs: () => number): ChainLoad {
  let toldMs = Number.NEGATIVE_INFINITY
  return {
    waiting: 0,
    async wakeMiner(signal) {
      if (chain.kind !== 'sandbox' || nowMs() - toldMs < everyMs) return
      toldMs = nowMs()
      await ask(chain, 'evm_mine', [], { signal, changes: true })
    },
  }
}
