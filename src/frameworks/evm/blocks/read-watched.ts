import { isCodedError } from '@openbsn/sdk'
import type { ReadBlock, ReadHeader } from '../../blocks/block.ts'
import { bytesOf } from '../../blocks/hex.ts'
import type { Chain } from '../chain.ts'
import { askMany, type RpcRequest, resultOf } from '../chain-rpc.ts'
import { type Answer, quantity, readAnswer, readList, readNumber } from '../chain-values.ts'
import { headerOf, transactionOf } from './read-block.ts'
import type { Heights } from './read-blocks.ts'

/** What of a chain of others is of interest: logs of contracts, and some transactions. */
export type Watched = {
  readonly contracts: readonly string[]
  /** Hashes of those that are not in the index yet. */
  readonly transactions: readonly string[]
}

export type WatchedBlocks = {
  /** In order; the last one is that of the last height, whatever is in it. */
  readonly blocks: readonly ReadBlock[]
  /** Of transactions that were below the first height already, without their logs. */
  readonly late: readonly ReadBlock[]
}

type Asked = Pick<Chain, 'send'>

/** Of one call. */
const requestsMax = 100

/**
 * The blocks in a range in which something of interest is. Undefined where its parts do not fit
 * together, because the chain went back meanwhile: look again.
 * @throws CHAIN_*
 */
export async function readWatched(
  chain: Asked,
  heights: Heights,
  watched: Watched,
  signal: AbortSignal,
): Promise<WatchedBlocks | undefined> {
  const contracts = new Set(watched.contracts.map((one) => one.toLowerCase()))
  const logs = await readLogs(chain, heights, { contracts: [...contracts], signal })
  const known = await receiptsOf(chain, watched.transactions, signal)
  const hashes = new Set(logs.map(({ transactionHash }) => String(transactionHash)))
  const receipts = new Map(known.map((one) => [String(one.transactionHash), one]))
  const missing = [...hashes].filter((hash) => !receipts.has(hash))
  for (const one of await receiptsOf(chain, missing, signal)) {
    receipts.set(String(one.transactionHash), one)
  }
  if ([...hashes].some((hash) => !receipts.has(hash))) return undefined
  const settled = [...receipts.values()].filter((one) => heightOf(one) <= heights.last)
  const places = [...new Set([...settled.map(heightOf), heights.last])].toSorted((a, b) => a - b)
  const headers = await headersAt(chain, places, signal)
  const transactions = await transactionsOf(chain, settled, signal)
  const isWanted = (address: Buffer) => contracts.has(`0x${address.toString('hex')}`)
  const blocks: ReadBlock[] = []
  for (const header of headers) {
    const own = header && settled.filter((one) => heightOf(one) === header.height)
    const block = own && blockOf(header, own, transactions, isWanted)
    if (!block) return undefined
    blocks.push(block)
  }
  const isLate = ({ height }: ReadBlock) => height < heights.first
  const withoutLogs = (block: ReadBlock): ReadBlock => ({
    ...block,
    transactions: block.transactions.map((one) => ({ ...one, logs: [] })),
  })
  return {
    blocks: blocks.filter((block) => !isLate(block)),
    late: blocks.filter(isLate).map(withoutLogs),
  }
}

const heightOf = ({ blockNumber }: Answer) => readNumber(blockNumber, 'blockNumber')

/** Undefined where the header is of another block than what is in it. */
function blockOf(
  header: ReadHeader,
  receipts: readonly Answer[],
  transactions: ReadonlyMap<string, Answer>,
  isWanted: (address: Buffer) => boolean,
): ReadBlock | undefined {
  const read = []
  for (const receipt of receipts) {
    const transaction = transactions.get(String(receipt.transactionHash))
    const isOfBlock = header.hash.equals(bytesOf(String(receipt.blockHash)))
    if (!transaction || !isOfBlock || transaction.blockHash !== receipt.blockHash) return undefined
    read.push(transactionOf(transaction, receipt, isWanted))
  }
  return { ...header, transactions: read.toSorted((a, b) => a.place - b.place) }
}

type Contracts = { readonly contracts: readonly string[]; readonly signal: AbortSignal }

/** Addresses bound the answer to `eth_getLogs`, each in its way: then less is asked for. */
async function readLogs(
  chain: Asked,
  heights: Heights,
  options: Contracts,
): Promise<readonly Answer[]> {
  const { contracts, signal } = options
  if (contracts.length === 0) return []
  const { first, last } = heights
  const range = { fromBlock: quantity(first), toBlock: quantity(last), address: contracts }
  try {
    const [found] = await all(chain, [{ method: 'eth_getLogs', params: [range] }], signal)
    const logs = readList(found, 'logs')
    return logs.map((one) => readAnswer(one, 'log'))
  } catch (error) {
    const isMuch = isCodedError(error) && /^CHAIN_(ANSWER_TOO_LARGE|REFUSED)$/.test(error.code)
    if (!isMuch || first === last) throw error
  }
  const middle = Math.floor((first + last) / 2)
  const lower = await readLogs(chain, { first, last: middle }, options)
  return [...lower, ...(await readLogs(chain, { first: middle + 1, last }, options))]
}

/** Of those that are in a block. */
async function receiptsOf(chain: Asked, hashes: readonly string[], signal: AbortSignal) {
  const method = 'eth_getTransactionReceipt'
  const found = await all(
    chain,
    hashes.map((hash) => ({ method, params: [hash] })),
    signal,
  )
  return found
    .filter((one) => one !== null)
    .map((one) => readAnswer(one, 'receipt'))
    .filter(({ blockNumber }) => blockNumber !== null)
}

async function transactionsOf(chain: Asked, receipts: readonly Answer[], signal: AbortSignal) {
  const method = 'eth_getTransactionByHash'
  const requests = receipts.map(({ transactionHash }) => ({ method, params: [transactionHash] }))
  const found = await all(chain, requests, signal)
  return new Map(
    found
      .filter((one) => one !== null)
      .map((one) => readAnswer(one, 'transaction'))
      .map((one) => [String(one.hash), one]),
  )
}

async function headersAt(chain: Asked, heights: readonly number[], signal: AbortSignal) {
  const method = 'eth_getBlockByNumber'
  const requests = heights.map((height) => ({ method, params: [quantity(height), false] }))
  const found = await all(chain, requests, signal)
  return found.map((one) => (one === null ? undefined : headerOf(readAnswer(one, 'block'))))
}

async function all(chain: Asked, requests: readonly RpcRequest[], signal: AbortSignal) {
  const results: unknown[] = []
  for (let from = 0; from < requests.length; from += requestsMax) {
    const part = requests.slice(from, from + requestsMax)
    const answers = await askMany(chain, part, { signal })
    results.push(...answers.map((answer, i) => resultOf(answer, part[i]?.method ?? '')))
  }
  return results
}
