import type { ReadHeader } from '../../blocks/block.ts'
import type { KeptBlock } from '../../blocks/block-store.ts'
import type { Chain } from '../chain.ts'
import { ask } from '../chain-rpc.ts'
import { quantity, readAnswer } from '../chain-values.ts'
import { headerOf } from './read-block.ts'

type Asked = Pick<Chain, 'send'>

/** The block at a height as the chain has it now; undefined where it has none. @throws CHAIN_* */
export async function headerAt(
  chain: Asked,
  height: number,
  signal: AbortSignal,
): Promise<ReadHeader | undefined> {
  const params = [quantity(height), false]
  const answer = await ask(chain, 'eth_getBlockByNumber', params, { signal })
  return answer === null ? undefined : headerOf(readAnswer(answer, 'block'))
}

export type AncestorDeps = {
  /** The highest block that is kept at or below a height. */
  readonly keptAt: (height: number) => KeptBlock | undefined
  /** Of the last block that is kept, or above. */
  readonly height: number
}

/**
 * The highest kept block that is still of the chain, by halving; undefined where none is.
 * @throws CHAIN_*
 */
export async function findAncestor(
  chain: Asked,
  { keptAt, height }: AncestorDeps,
  signal: AbortSignal,
): Promise<KeptBlock | undefined> {
  // What is kept at or below `low` is of the chain; what is kept above `high` is not.
  let [low, high] = [-1, height]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const kept = keptAt(middle)
    if (!kept || kept.height <= low) {
      low = middle
      continue
    }
    const now = await headerAt(chain, kept.height, signal)
    if (now?.hash.equals(kept.hash)) low = middle
    else high = kept.height - 1
  }
  return keptAt(low)
}
