import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient, fromBase64url, verifyKeyBundle, verifyTransactionProof } from '@openbsn/sdk'
import { compileTokens } from '../../test/evm/compile-tokens.ts'
import { type BenchContext, lengthsOf } from '../context.ts'
import { benchError } from '../errors.ts'
import { percentilesOf } from '../load/latencies.ts'
import { cpuSecondsOfAll } from '../network/process-figures.ts'
import type { Server } from '../network/server.ts'
import { runBsn } from '../nodes/run-bsn.ts'
import { resultOf, rounded } from '../report.ts'

/** Each credential has an account of its own, whose key the node keeps. */
const [credentialCount, connectionsEach] = [16, 4]
const service = 'api-coin'
const receiver = '0x00000000000000000000000000000000000000aa'
const proofsVerified = 20

/** evm.api.erc20: transfers of a token by JSON over REST, signed by the node, each in a block. */
export async function measureApi(context: BenchContext, server: Server): Promise<void> {
  const { bsn } = context.options
  const home = ['--home', server.home, '--sandbox']
  const kind = ['--framework', 'evm', '--key-mode', 'key-trust']
  await runBsn(bsn, ['service', 'create', service, ...kind, ...home])
  const writers = await Promise.all(
    Array.from({ length: credentialCount }, (_, i) => createWriter(context, server, i)),
  )
  const [first] = writers
  if (!first) throw new RangeError('there are writers')
  const { abi, bytecode } = compileTokens().Coin
  await first.contracts.deploy({ name: 'coin', abi, bytecode })
  for (const { contracts } of writers) {
    const { address } = await contracts.account()
    await contracts.send('coin', 'mint', [address, '1000000000'])
  }
  context.say(`transfers by JSON, ${credentialCount} accounts`)
  const { warmup, singles } = lengthsOf(context.options)
  const warm = await run(writers, { seconds: warmup, server })
  const measured = await run(writers, { seconds: singles, server })
  const sent = warm.transactions.length + measured.transactions.length
  const balance = await first.contracts.call('coin', 'balanceOf', [receiver])
  if (balance !== String(sent)) {
    const message = `${sent} transfers were answered, and the receiver has ${balance}.`
    throw benchError('BENCH_OUTCOME_WRONG', message)
  }
  await verifyProofs(first, measured.transactions.slice(-proofsVerified))
  const { latencies, seconds, serverCores, generatorCores, transactions } = measured
  const latency = percentilesOf(latencies)
  context.add(
    resultOf('evm.api.erc20', transactions.length / seconds, {
      connections: credentialCount * connectionsEach,
      'credentials, each with an account': credentialCount,
      'with an Idempotency-Key': 'each',
      'answered when': 'it is in a block and in the index',
      seconds: rounded(seconds),
      'p50 ms': rounded(latency.p50),
      'p99 ms': rounded(latency.p99),
      'server cores': rounded(serverCores),
      'generator cores': rounded(generatorCores),
      'transfers before': warm.transactions.length,
      'balance of the receiver': 'as many as were answered',
      'proofs verified offline': proofsVerified,
    }),
  )
}

type Writer = Awaited<ReturnType<typeof createWriter>>

async function createWriter({ options, folder }: BenchContext, server: Server, number: number) {
  const out = join(folder, `${service}-${number}.credential`)
  const what = ['--service', service, '--api-key', '--label', `bench ${number}`, '--out', out]
  const limit = ['--per-second', '1000000', '--home', server.home, '--sandbox']
  await runBsn(options.bsn, ['credential', 'create', ...what, ...limit])
  const { apiKey, ledger, bundle } = JSON.parse(readFileSync(out, 'utf8'))
  const key = { key: apiKey, operators: ['admin'] }
  const gateways = [{ url: server.gateway, operator: 'admin' }]
  const client = createClient({ gateways, ledger, apiKey: key })
  const url = `${server.gateway}/api/v1/ledgers/${ledger}/services/${service}`
  return { apiKey, ledger, bundle, url, contracts: client.contracts(service) }
}

type Run = { readonly seconds: number; readonly server: Server }

async function run(writers: readonly Writer[], { seconds, server }: Run) {
  const latencies: number[] = []
  const transactions: string[] = []
  const cpu = process.cpuUsage()
  const serverCpu = cpuSecondsOfAll([server.pid]) ?? Number.NaN
  const startMs = performance.now()
  const endMs = startMs + seconds * 1000
  const send = async ({ url, apiKey }: Writer) => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ args: [receiver, '1'] })
    while (performance.now() < endMs) {
      const beganMs = performance.now()
      const answer = await fetch(`${url}/contracts/coin/send/transfer`, {
        ...{ method: 'POST', body, headers: { ...headers, 'idempotency-key': randomUUID() } },
      })
      const said = await answer.text()
      if (answer.status !== 201) throw benchError('BENCH_OUTCOME_WRONG', said)
      latencies.push(performance.now() - beganMs)
      transactions.push(JSON.parse(said).transaction)
    }
  }
  const connections = writers.flatMap((writer) => Array<Writer>(connectionsEach).fill(writer))
  await Promise.all(connections.map(send))
  const took = (performance.now() - startMs) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const serverSeconds = (cpuSecondsOfAll([server.pid]) ?? Number.NaN) - serverCpu
  return {
    ...{ latencies, transactions, seconds: took, serverCores: serverSeconds / took },
    generatorCores: (user + system) / 1e6 / took,
  }
}

/** @throws BENCH_OUTCOME_WRONG, and what verifying throws */
async function verifyProofs(writer: Writer, transactions: readonly string[]): Promise<void> {
  const { url, apiKey, ledger } = writer
  const keys = verifyKeyBundle(bytesOf(writer.bundle), ledger)
  const headers = { authorization: `Bearer ${apiKey}`, accept: 'application/json' }
  for (const hash of transactions) {
    const { transaction } = verifyTransactionProof(await proofOf(hash), keys)
    if (transaction !== hash) throw benchError('BENCH_OUTCOME_WRONG', `a proof of ${transaction}`)
  }
  async function proofOf(hash: string): Promise<Uint8Array> {
    for (;;) {
      const answer = await fetch(`${url}/transactions/${hash}/proof`, { headers })
      const { receipt, code } = await answer.json()
      if (receipt) return bytesOf(receipt)
      if (code !== 'RECEIPT_PENDING') throw benchError('BENCH_OUTCOME_WRONG', String(code))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** @throws BENCH_OUTCOME_WRONG */
function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64url(text)
  if (bytes) return bytes
  throw benchError('BENCH_OUTCOME_WRONG', `${text.slice(0, 20)} is no base64url.`)
}
