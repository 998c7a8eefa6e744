import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { compileTokens } from '../../test/evm/compile-tokens.ts'
import { phrase } from '../../test/evm/token-tools.ts'
import type { BenchContext } from '../context.ts'
import { benchError } from '../errors.ts'
import type { Server } from '../network/server.ts'
import { runBsn } from '../nodes/run-bsn.ts'
import type { RpcTarget } from './rpc-plan.ts'

/** Accounts that a sandbox has given money to; each sends over a connection of its own. */
export const senders = Array.from({ length: 8 }, (_, addressIndex) => {
  const account = mnemonicToAccount(phrase, { addressIndex })
  const privateKey = account.getHdKey().privateKey
  if (!privateKey) throw new RangeError('a key of a phrase')
  return { address: account.address, privateKey }
})

/** What each of them has of the token at first. */
const minted = 2n ** 64n

/** Where transactions go to a chain, which has an ERC-20 token that the senders have. */
export type BenchEnd = {
  readonly chainId: number
  readonly token: Hex
  readonly target: RpcTarget
  /** Of what answers, while it runs. */
  pids(): readonly number[]
  /** The result of one call. @throws BENCH_OUTCOME_WRONG */
  ask(method: string, ...params: readonly unknown[]): Promise<unknown>
}

/** A sandbox chain of a service of its own, through the door. */
export type BenchChain = BenchEnd & {
  /** Of its engine, past the door: for what changes nothing. */
  readonly engine: RpcTarget
  /** Of the engine, while it runs. */
  pid(): number
  /**
   * Settles when the node has read the chain to its end and registered its blocks, so that nobody
   * pays for those of another turn: it reads what comes over the socket with its next own write.
   */
  followed(): Promise<void>
}

/** Makes the service and wakes its chain. */
export async function createBenchChain(
  { options: { bsn }, folder }: BenchContext,
  server: Server,
  name: string,
): Promise<BenchChain> {
  const home = ['--home', server.home, '--sandbox']
  await runBsn(bsn, ['service', 'create', name, '--framework', 'evm', ...home])
  const out = join(folder, `${name}.credential`)
  // Above what a machine does: a gateway bounds a credential that has no limit of its own.
  const limit = ['--per-second', '1000000']
  const named = ['--service', name, '--api-key', '--label', 'bench', '--out', out, ...limit]
  await runBsn(bsn, ['credential', 'create', ...named, ...home])
  const { apiKey, ledger } = JSON.parse(readFileSync(out, 'utf8'))
  const api = `${server.gateway}/api/v1/ledgers/${ledger}/services/${name}`
  const path = `/api/${apiKey}/${name}/rpc`
  const chainFolder = join(server.home, 'sandbox/chains', name)
  const ask = askerAt(`${server.gateway}${path}`)
  const chainId = Number(await ask('eth_chainId'))
  const pidFile = join(chainFolder, 'engine/engine.pid')
  const pid = () => Number.parseInt(readFileSync(pidFile, 'utf8'), 10)
  return {
    ...{ ask, chainId, token: await deployToken(ask) },
    followed: async () => {
      const [from] = senders.map(({ address }) => address)
      const hash = await ask('eth_sendTransaction', { from, to: from })
      await untilProven(`${api}/transactions/${hash}/proof`, apiKey)
    },
    target: { kind: 'door', port: server.port, path },
    engine: { kind: 'direct', socket: join(chainFolder, 'ipc') },
    pids: () => [server.pid, pid()],
    pid,
  }
}

/** @throws BENCH_OUTCOME_WRONG */
async function untilProven(url: string, apiKey: string): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}`, accept: 'application/json' }
  for (;;) {
    const answer = await fetch(url, { headers })
    if (answer.ok) return void (await answer.arrayBuffer())
    const { code } = await answer.json()
    if (code !== 'RECEIPT_PENDING' && code !== 'TRANSACTION_NOT_FOUND') {
      throw benchError('BENCH_OUTCOME_WRONG', `${url}: ${answer.status} ${code}.`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const askerAt = (url: string) =>
  asker(async (body) => {
    const headers = { 'content-type': 'application/json' }
    return (await fetch(url, { method: 'POST', headers, body })).text()
  })

/** Asks by what takes a request as JSON, and gives the answer. */
export function asker(send: (body: string) => Promise<string>): BenchEnd['ask'] {
  return async (method, ...params) => {
    const said = JSON.parse(await send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })))
    if ('result' in said) return said.result
    throw benchError('BENCH_OUTCOME_WRONG', `${method}: ${JSON.stringify(said)}.`)
  }
}

/** With what each of the senders has of it. @throws BENCH_OUTCOME_WRONG */
export async function deployToken(ask: BenchEnd['ask']): Promise<Hex> {
  const [first] = senders
  const { bytecode } = compileTokens().Coin
  const sent = await ask('eth_sendTransaction', { from: first?.address, data: bytecode })
  const { contractAddress: token } = await receiptOf(ask, sent)
  for (const { address } of senders) {
    const args = address.slice(2).padStart(64, '0') + minted.toString(16).padStart(64, '0')
    // mint(address,uint256)
    const data = `0x40c10f19${args}`
    await receiptOf(ask, await ask('eth_sendTransaction', { from: address, to: token, data }))
  }
  return token as Hex
}

type Receipt = { readonly status: string; readonly contractAddress: string | null }

/** @throws BENCH_OUTCOME_WRONG where it was refused */
async function receiptOf(ask: BenchEnd['ask'], hash: unknown): Promise<Receipt> {
  for (;;) {
    const receipt = (await ask('eth_getTransactionReceipt', hash)) as Receipt | null
    if (receipt?.status === '0x1') return receipt
    if (receipt) throw benchError('BENCH_OUTCOME_WRONG', `${hash} was refused in its block.`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** An engine makes its blocks in less; later nothing more comes. */
const minedMsMax = 10_000

/** Milliseconds until all senders have so many transactions in blocks, or no more are to come. */
export async function untilMined({ ask }: BenchEnd, count: number): Promise<number> {
  const startMs = performance.now()
  for (;;) {
    const tookMs = performance.now() - startMs
    if ((await countsAt(ask, 'latest')) >= count || tookMs > minedMsMax) return tookMs
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Transactions of all senders. */
export async function countsAt(ask: BenchEnd['ask'], block: string): Promise<number> {
  const each = senders.map(({ address }) => ask('eth_getTransactionCount', address, block))
  return (await Promise.all(each)).reduce<number>((sum, one) => sum + Number(one), 0)
}
