import { readFileSync } from 'node:fs'
import {
  CborReader,
  type Client,
  createClient,
  fromBase64url,
  type TrustedKeys,
  verifyKeyBundle,
  verifyReceipts,
} from '@openbsn/sdk'
import { createPrng } from '../../src/testing/prng.ts'
import { type BenchContext, lengthsOf, wants } from '../context.ts'
import { benchError } from '../errors.ts'
import { percentilesOf } from '../load/latencies.ts'
import { resultOf, rounded } from '../report.ts'
import { quorum } from './city-network.ts'
import type { NetworkSubject } from './run-network.ts'

/** Milliseconds between an answer and the next statement: the network has come to rest by then. */
const pause = { least: 300, most: 600 } as const

/** network.idle.p50: one statement at a time, until its answer has receipts that make it final. */
export async function measureIdle(context: BenchContext, subject: NetworkSubject): Promise<void> {
  if (!wants(context, 'network.idle.p50')) return
  const { server, nodes, writers, source } = subject
  const count = lengthsOf(context.options).idleStatements
  context.say(`four validators: ${count} statements, one at a time`)
  const clients = nodes.map(({ server: { gateway } }) =>
    createClient({ gateway, ledger: writers.ledger }),
  )
  const keys = verifyKeyBundle(await clientOf(clients, 0).keyBundle(), writers.ledger)
  const reader = new CborReader(readFileSync((await source.sign(count)).path))
  const prng = createPrng(server.pid)
  const latencies: number[] = []
  for (let i = 0; i < count; i++) {
    const ms = prng.int(pause.least, pause.most)
    await new Promise((resolve) => setTimeout(resolve, ms))
    latencies.push(await timeOne(clientOf(clients, i), reader.readBytes(), keys))
  }
  const { p50, p99, max } = percentilesOf(latencies)
  context.add(
    resultOf('network.idle.p50', p50, {
      ...{ 'p99 ms': rounded(p99), 'max ms': rounded(max), statements: count, nodes: nodes.length },
      from: 'sending until the answer with receipts',
      final: `receipts of ${quorum} of ${nodes.length} or more, each verified offline`,
      'pauses ms': `${pause.least} to ${pause.most}, seed ${prng.seed}`,
    }),
  )
}

function clientOf(clients: readonly Client[], i: number): Client {
  const client = clients[i % clients.length]
  if (client) return client
  throw benchError('BENCH_PROCESS_FAILED', 'There is no node to ask.')
}

/** Milliseconds until the answer; its receipts are verified after that. */
async function timeOne(client: Client, statement: Uint8Array, keys: TrustedKeys): Promise<number> {
  const started = performance.now()
  const [outcome] = await client.submit([statement], { receipts: true })
  const ms = performance.now() - started
  const receipt = outcome?.outcome === 'appended' ? fromBase64url(outcome.receipt ?? '') : undefined
  if (!receipt) {
    throw benchError('BENCH_OUTCOME_WRONG', `One statement: ${JSON.stringify(outcome)}.`)
  }
  const { signers } = verifyReceipts(statement, [receipt], keys)
  if (signers.length >= quorum) return ms
  throw benchError('BENCH_OUTCOME_WRONG', `One statement is signed by ${signers.length} alone.`)
}
