import { isCodedError } from '@openbsn/sdk'
import type { ReadBlock, ReadTransaction } from '../../blocks/block.ts'
import type { Chain } from '../chain.ts'
import { askMany, type RpcRequest, resultOf } from '../chain-rpc.ts'
import { type Answer, quantity, readAnswer, readBytes, readList } from '../chain-values.ts'
import { headerOf, transactionOf } from './read-block.ts'
import { blockAt, readInputs } from './read-inputs.ts'

/** Heights, both included. */
export type Heights = { readonly first: number; readonly last: number }

export type ReadOptions = {
  readonly signal: AbortSignal
  /** The logs of a transaction are more than the chain answers at one time: they are left out. */
  readonly onLeftOut: (transaction: string) => void
}

type Asked = Pick<Chain, 'send'>

/**
 * Consecutive blocks, with all that is in them. Undefined where the chain went back meanwhile, so
 * that they do not fit together: look again.
 * @throws CHAIN_*
 */
export async function readBlocks(
  chain: Asked,
  heights: Heights,
  options: ReadOptions,
): Promise<ReadBlock[] | undefined> {
  const { first, last } = heights
  try {
    return await readAll(chain, heights, options)
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'CHAIN_ANSWER_TOO_LARGE') throw error
  }
  if (first === last) {
    const block = await readLarge(chain, first, options)
    return block && [block]
  }
  const middle = Math.floor((first + last) / 2)
  const lower = await readBlocks(chain, { first, last: middle }, options)
  const upper = lower && (await readBlocks(chain, { first: middle + 1, last }, options))
  return upper && isLinked([...lower, ...upper])
}

async function readAll(chain: Asked, { first, last }: Heights, { signal }: ReadOptions) {
  const requests: RpcRequest[] = []
  for (let height = first; height <= last; height++) {
    const block = { method: 'eth_getBlockByNumber', params: [quantity(height), false] }
    requests.push(block, { method: 'eth_getBlockReceipts', params: [quantity(height)] })
  }
  const answers = await askMany(chain, requests, { signal })
  const results = answers.map((answer, i) => resultOf(answer, requests[i]?.method ?? ''))
  if (results.some((one) => !one)) return undefined
  const heads = results.filter((_, i) => i % 2 === 0).map((one) => readAnswer(one, 'block'))
  const inputs = await readInputs(chain, heads, signal)
  const blocks: ReadBlock[] = []
  for (const [i, head] of heads.entries()) {
    const read = blockOf(head, results[2 * i + 1], inputs)
    if (!read || read.height !== first + i) return undefined
    blocks.push(read)
  }
  return isLinked(blocks)
}

/** Undefined where one is not the parent of the next. */
function isLinked(blocks: ReadBlock[]): ReadBlock[] | undefined {
  const isFit = blocks.every((one, i) => i === 0 || blocks[i - 1]?.hash.equals(one.parent))
  return isFit ? blocks : undefined
}

/** Undefined where the receipts, or what was called, are of another block. */
function blockOf(
  block: Answer,
  receipts: unknown,
  inputs: ReadonlyMap<unknown, unknown>,
): ReadBlock | undefined {
  const header = headerOf(block)
  const list = readList(receipts, 'receipts')
  const all = readList(block.transactions, 'transactions')
  if (list.length !== all.length) return undefined
  const transactions: ReadTransaction[] = []
  for (const [i, hash] of all.entries()) {
    const receipt = readAnswer(list[i], 'receipt')
    if (receipt.transactionHash !== hash || receipt.blockHash !== block.hash) return undefined
    if (!inputs.has(hash)) return undefined
    transactions.push(transactionOf({ ...receipt, hash, input: inputs.get(hash) }, receipt))
  }
  return { ...header, transactions }
}

/** A block whose receipts are too many for one answer: they are asked for one by one. */
async function readLarge(
  chain: Asked,
  height: number,
  { signal, onLeftOut }: ReadOptions,
): Promise<ReadBlock | undefined> {
  const [answer] = await askMany(chain, [blockAt(height)], { signal })
  const result = answer && resultOf(answer, 'eth_getBlockByNumber')
  if (!result) return undefined
  const block = readAnswer(result, 'block')
  const inputs = new Map<unknown, unknown>()
  const receipts: Answer[] = []
  for (const one of readList(block.transactions, 'transactions')) {
    const transaction = readAnswer(one, 'transaction')
    const receipt = await receiptOf(chain, transaction, signal)
    if (receipt === 'too large') onLeftOut(String(transaction.hash))
    // Only logs make a receipt large, and what was reverted has none.
    receipts.push(receipt === 'too large' ? withoutLogs(block, transaction) : receipt)
    inputs.set(transaction.hash, transaction.input)
  }
  return blockOf({ ...block, transactions: [...inputs.keys()] }, receipts, inputs)
}

const withoutLogs = (block: Answer, transaction: Answer): Answer => ({
  ...transaction,
  ...{ transactionHash: transaction.hash, blockHash: block.hash, status: '0x1', logs: [] },
  // At most: the receipt, which nobody can read, would tell.
  gasUsed: transaction.gas,
})

async function receiptOf(chain: Asked, transaction: Answer, signal: AbortSignal) {
  readBytes(transaction.hash, 'hash', 32)
  const request = { method: 'eth_getTransactionReceipt', params: [transaction.hash] }
  try {
    const [answer] = await askMany(chain, [request], { signal })
    return readAnswer(answer && resultOf(answer, request.method), 'receipt')
  } catch (error) {
    if (isCodedError(error) && error.code === 'CHAIN_ANSWER_TOO_LARGE') return 'too large'
    throw error
  }
}
