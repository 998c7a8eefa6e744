import type { Hex } from 'viem'
import type { Chain } from '../chain.ts'
import { askMany, type RpcAnswer, type RpcRequest, resultOf } from '../chain-rpc.ts'
import { isRecord, quantity, readQuantity } from '../chain-values.ts'
import type { SendJob } from './job.ts'

/** What the chain says of an account, and of calls that it would make. */
export type AccountView = {
  /** Its transactions in blocks … */
  readonly latest: number
  /** … and with those that wait for one. */
  readonly pending: number
  /** In wei. */
  readonly balance: bigint
  /** Gas of each call, or why not, in their order. */
  readonly estimates: readonly RpcAnswer[]
}

export type TriedCall = { readonly content: SendJob; readonly isLater: boolean }

/** One call to the chain for all of it. @throws what `askMany` does */
export async function viewAccount(
  chain: Chain,
  { address, calls }: { readonly address: Hex; readonly calls: readonly TriedCall[] },
  signal: AbortSignal,
): Promise<AccountView> {
  const requests: RpcRequest[] = [
    { method: 'eth_getTransactionCount', params: [address, 'latest'] },
    { method: 'eth_getTransactionCount', params: [address, 'pending'] },
    { method: 'eth_getBalance', params: [address, 'latest'] },
    ...calls.map((call) => estimate(address, call)),
  ]
  const answers = await askMany(chain, requests, { signal })
  const [latest = 0n, pending = 0n, balance = 0n] = requests.slice(0, 3).map(({ method }, at) => {
    const answer = answers[at] ?? { result: undefined }
    return readQuantity(resultOf(answer, method))
  })
  return {
    ...{ latest: Number(latest), pending: Number(pending), balance },
    estimates: answers.slice(3),
  }
}

/** `pending` runs all that waits before it, so that only a call that needs it asks for that. */
function estimate(from: Hex, { content, isLater }: TriedCall): RpcRequest {
  const { to, data, value, gas } = content
  const call = {
    ...{ from, data, value: quantity(value) },
    ...(to === undefined ? {} : { to }),
    ...(gas === undefined ? {} : { gas: quantity(gas) }),
  }
  return { method: 'eth_estimateGas', params: [call, isLater ? 'pending' : 'latest'] }
}

/** Heights of the blocks that have these transactions; undefined where none has. */
export async function heightsOf(
  chain: Chain,
  hashes: readonly Hex[],
  signal: AbortSignal,
): Promise<(number | undefined)[]> {
  const requests = hashes.map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] }))
  const answers = await askMany(chain, requests, { signal })
  return answers.map((answer) => {
    const receipt = resultOf(answer, 'eth_getTransactionReceipt')
    if (!isRecord(receipt) || typeof receipt.blockNumber !== 'string') return undefined
    return Number(readQuantity(receipt.blockNumber))
  })
}

/** Transactions of an account in blocks up to a height. */
export async function countAt(
  chain: Chain,
  { address, height }: { readonly address: Hex; readonly height: number },
  signal: AbortSignal,
): Promise<number> {
  const method = 'eth_getTransactionCount'
  const params = [address, quantity(height)]
  const [answer] = await askMany(chain, [{ method, params }], { signal })
  return Number(readQuantity(resultOf(answer ?? { result: undefined }, method)))
}
