import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type Hex, keccak256, parseGwei } from 'viem'
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { account, askEngine, countUp, deployCounter, type Tools } from './evm-world.ts'
import { phrase } from './token-tools.ts'

type Requests = {
  /** Method and parameters. */
  readonly calls: readonly (readonly [method: string, ...params: readonly unknown[]])[]
  /** Whole requests, as text. */
  readonly bodies: readonly string[]
}

const file = new URL('../vectors/json-rpc-requests.json', import.meta.url)
export const rpcRequests = JSON.parse(readFileSync(file, 'utf8')) as Requests

export type Names = Readonly<Record<string, string>>

/** JSON with what the chain has in place of the names in angles. */
export function filled(text: string, names: Names): string {
  return text.replace(/<(\w+)>/g, (all, name: string) => names[name] ?? assert.fail(all))
}

/** Every request of the set as the text that is sent; ids are numbers and texts in turn. */
export function requestTexts(names: Names): string[] {
  const calls = rpcRequests.calls.map(([method, ...params], i) => {
    const id = i % 2 === 0 ? i : `id ${i}`
    return JSON.stringify({ jsonrpc: '2.0', id, method, params })
  })
  return [...calls, ...rpcRequests.bodies].map((text) => filled(text, names))
}

/** Of nobody before. */
const poor = privateKeyToAccount(`0x${'42'.repeat(32)}`)
const sender = mnemonicToAccount(phrase, { addressIndex: 3 })

/** A chain with something of each kind on it, and what its things are called in the set. */
export async function furnish(tools: Tools, chainFolder: string): Promise<Names> {
  const { reader, wallet } = tools
  const contract = await deployCounter(tools)
  const creation = (await reader.getBlock({ includeTransactions: true })).transactions[0]?.hash
  const fees = { gas: 100_000n, maxFeePerGas: parseGwei('3'), maxPriorityFeePerGas: 1n }
  const failing = await wallet.sendTransaction({ data: '0x5f5ffd', ...fees })
  const failed = await reader.waitForTransactionReceipt({ hash: failing })
  assert.equal(failed.status, 'reverted')
  const { blockHash, blockNumber, transactionHash } = await countUp(tools, contract)
  const raw = await rawTransactions(tools, contract)
  const direct = async (method: string, params: unknown[]) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    return JSON.parse(await askEngine(chainFolder, body)).result as string
  }
  return {
    ...{ contract, hash: blockHash, transaction: transactionHash, account: account.address },
    ...{ block: `0x${blockNumber.toString(16)}`, creation: creation ?? '', failed: failing },
    nobody: poor.address,
    filter: await direct('eth_newFilter', [{ fromBlock: '0x0' }]),
    blockFilter: await direct('eth_newBlockFilter', []),
    ...raw,
  }
}

/** Signed transactions; all but the first are none that the chain takes. */
async function rawTransactions({ reader, wallet }: Tools, to: Hex): Promise<Names> {
  const chainId = await reader.getChainId()
  const maxFeePerGas = parseGwei('3')
  const good = { type: 'eip1559', chainId, to, data: '0x01', gas: 100_000n, nonce: 0 } as const
  const fees = { maxFeePerGas, maxPriorityFeePerGas: 1n }
  const signed = (more: object, by: Pick<typeof poor, 'signTransaction'> = sender) =>
    by.signTransaction({ ...good, ...fees, nonce: 1, ...more })
  const mined = await signed({ nonce: 0 })
  const hash = await wallet.sendRawTransaction({ serializedTransaction: mined })
  assert.equal(hash, keccak256(mined))
  await reader.waitForTransactionReceipt({ hash })
  const last = mined.endsWith('0') ? '1' : '0'
  return {
    mined,
    ...{ tampered: mined.slice(0, -1) + last, otherChain: await signed({ chainId: 5 }) },
    usedNonce: await signed({ nonce: 0, data: '0x02' }),
    noFunds: await signed({ nonce: 0 }, poor),
    overGas: await signed({ gas: 60_000_001n }),
    underGas: await signed({ gas: 20_000n }),
    lowFee: await signed({ maxFeePerGas: 1n }),
    largeCode: await signed({ to: undefined, data: `0x${'00'.repeat(49_153)}`, gas: 50_000_000n }),
  }
}
