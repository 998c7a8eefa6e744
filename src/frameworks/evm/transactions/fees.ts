import type { Chain } from '../chain.ts'
import { askMany, type RpcAnswer, type RpcRequest, resultOf } from '../chain-rpc.ts'
import { isRecord, readQuantity } from '../chain-values.ts'

/** In wei by gas. */
export type FeePair = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }

/** What a chain asks for now. */
export type ChainFees = FeePair & {
  /** Of the next block. */
  readonly baseFeePerGas: bigint
  /** Gas that a block may use. */
  readonly blockGasMax: bigint
}

export type FeeSource = {
  /** @throws what `askMany` does */
  current(signal: AbortSignal): Promise<ChainFees>
  /** What is remembered is wrong. */
  forget(): void
}

/** Blocks whose fees are looked at, and how many of their transactions offered less: half. */
const [historyBlocks, historyPercentile] = [20, 50]
/** A sandbox is paid with funds that it makes itself. */
const sandboxTip = 1_000_000_000n

/**
 * EIP-1559 fees: the priority fee that half of the transactions of the last 20 blocks offered, and
 * room for the base fee to double, which takes six full blocks. Asked again after `freshMs`.
 */
export function createFeeSource(
  { freshMs }: { readonly freshMs: number },
  { chain, nowMs }: { readonly chain: Chain; readonly nowMs: () => number },
): FeeSource {
  let found: { readonly fees: Promise<ChainFees>; readonly atMs: number } | undefined
  const read = async (signal: AbortSignal) => {
    const answers = await askMany(chain, requests(chain.kind), { signal })
    return feesIn(answers, chain.kind)
  }
  return {
    async current(signal) {
      if (!found || nowMs() - found.atMs > freshMs) found = { fees: read(signal), atMs: nowMs() }
      const mine = found
      try {
        return await mine.fees
      } catch (error) {
        if (found === mine) found = undefined
        throw error
      }
    },
    forget() {
      found = undefined
    },
  }
}

/**
 * Both fees of a transaction that takes the place of another one: what is asked for now, and at
 * least an eighth more than before. Undefined where that is more than `feeMax`.
 */
export function bumped(before: FeePair, now: FeePair, feeMax: bigint): FeePair | undefined {
  // Nodes ask for a tenth; 12.5 % is what most wallets offer, and enough where it is rounded.
  const more = (fee: bigint) => fee + fee / 8n + 1n
  const least = more(before.maxFeePerGas)
  if (least > feeMax) return undefined
  const maxFeePerGas = smaller(larger(least, now.maxFeePerGas), feeMax)
  const tip = larger(more(before.maxPriorityFeePerGas), now.maxPriorityFeePerGas)
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(tip, maxFeePerGas) }
}

const larger = (a: bigint, b: bigint) => (a > b ? a : b)
const smaller = (a: bigint, b: bigint) => (a < b ? a : b)

function requests(kind: Chain['kind']): RpcRequest[] {
  const block = { method: 'eth_getBlockByNumber', params: ['latest', false] }
  if (kind === 'sandbox') return [block]
  const params = [`0x${historyBlocks.toString(16)}`, 'latest', [historyPercentile]]
  return [
    block,
    { method: 'eth_feeHistory', params },
    { method: 'eth_maxPriorityFeePerGas', params: [] },
  ]
}

function feesIn([block, history, tip]: readonly RpcAnswer[], kind: Chain['kind']): ChainFees {
  const head = block && resultOf(block, 'eth_getBlockByNumber')
  const { baseFeePerGas = '0x0', gasLimit } = isRecord(head) ? head : {}
  const past = history && 'result' in history && isRecord(history.result) ? history.result : {}
  const next = Array.isArray(past.baseFeePerGas) ? past.baseFeePerGas.at(-1) : undefined
  const baseFee = readQuantity(next ?? baseFeePerGas)
  const suggested = tip && 'result' in tip ? readQuantity(tip.result) : 0n
  const maxPriorityFeePerGas =
    kind === 'sandbox' ? sandboxTip : (medianTip(past.reward) ?? suggested)
  return {
    baseFeePerGas: baseFee,
    maxFeePerGas: 2n * baseFee + maxPriorityFeePerGas,
    maxPriorityFeePerGas,
    blockGasMax: readQuantity(gasLimit),
  }
}

/** Of blocks that had transactions: an empty one says 0. */
function medianTip(reward: unknown): bigint | undefined {
  const tips = (Array.isArray(reward) ? reward : [])
    .map((row) => (Array.isArray(row) ? readQuantity(row[0]) : 0n))
    .filter((tip) => tip > 0n)
    .toSorted((a, b) => (a < b ? -1 : Number(a > b)))
  return tips[tips.length >> 1]
}
