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

/** anvil makes blocks by itself; where it makes none for what it was given, it is told to. */
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
