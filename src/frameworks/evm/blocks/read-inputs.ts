import type { Chain } from '../chain.ts'
import { askMany, type RpcRequest, resultOf } from '../chain-rpc.ts'
import {
  type Answer,
  isRecord,
  quantity,
  readAnswer,
  readList,
  readNumber,
} from '../chain-values.ts'

/**
 * Traces of blocks that took so much gas together are asked for at one time. What is called inside
 * of transactions is in them as well: a call of 120 gas takes about 500 bytes.
 */
const tracedGasMax = 8_000_000

/**
 * The calldata of each transaction of blocks, by its hash. anvil 1.7.1 has traces at hand, while it
 * recovers the sender of each transaction that it shows: 6 µs against 210. Blocks whose traces may
 * be long, or are not there, are asked for as they are.
 * @throws what `askMany` does
 */
export async function readInputs(
  chain: Pick<Chain, 'send'>,
  blocks: readonly Answer[],
  signal: AbortSignal,
): Promise<ReadonlyMap<unknown, unknown>> {
  const inputs = new Map<unknown, unknown>()
  const filled = blocks.filter(({ transactions }) => readList(transactions, 'blocks').length > 0)
  for (const group of byGas(filled)) {
    const requests = group.map(({ number }) => ({ method: 'trace_block', params: [number] }))
    for (const [i, answer] of (await askMany(chain, requests, { signal })).entries()) {
      if ('result' in answer) takeTraces(answer.result, group[i]?.hash, inputs)
    }
  }
  const rest = filled.filter(({ transactions }) =>
    readList(transactions, 'transactions').some((hash) => !inputs.has(hash)),
  )
  const requests = rest.map(({ number }) => blockAt(readNumber(number, 'number')))
  for (const answer of await askMany(chain, requests, { signal })) {
    const block = resultOf(answer, 'eth_getBlockByNumber')
    if (!block) continue
    for (const one of readList(readAnswer(block, 'block').transactions, 'transactions')) {
      const { hash, input } = readAnswer(one, 'transaction')
      inputs.set(hash, input)
    }
  }
  return inputs
}

/** A block with its transactions. */
export const blockAt = (height: number): RpcRequest => ({
  method: 'eth_getBlockByNumber',
  params: [quantity(height), true],
})

/** Blocks of so much gas together; a block of more is in none. */
function byGas(blocks: readonly Answer[]): Answer[][] {
  const groups: Answer[][] = []
  let left = 0
  for (const block of blocks) {
    const gas = readNumber(block.gasUsed, 'gasUsed')
    if (gas > tracedGasMax) continue
    if (gas > left) {
      groups.push([])
      left = tracedGasMax
    }
    groups.at(-1)?.push(block)
    left -= gas
  }
  return groups
}

/** Of the calls by which transactions began. */
function takeTraces(traces: unknown, blockHash: unknown, inputs: Map<unknown, unknown>): void {
  if (!Array.isArray(traces)) return
  for (const trace of traces) {
    if (!isRecord(trace) || !isRecord(trace.action) || trace.blockHash !== blockHash) continue
    const isFirst = Array.isArray(trace.traceAddress) && trace.traceAddress.length === 0
    const input = trace.type === 'create' ? trace.action.init : trace.action.input
    if (isFirst && typeof input === 'string') inputs.set(trace.transactionHash, input)
  }
}
