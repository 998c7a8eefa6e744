import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchContext, lengthsOf } from '../context.ts'
import { percentilesOf } from '../load/latencies.ts'
import type { Server } from '../network/server.ts'
import { resultOf, rounded } from '../report.ts'
import { createBenchChain } from './bench-chain.ts'
import { runRpcLoad } from './rpc-load.ts'

const pairs = [
  ['direct', 'door'],
  ['door', 'direct'],
  ['direct', 'door'],
  ['door', 'direct'],
] as const
type Way = (typeof pairs)[number][number]

/** evm.door.read.ms: how much longer one call takes through the door, at the median of turns. */
export async function measureReadLatency(context: BenchContext, server: Server): Promise<void> {
  const chain = await createBenchChain(context, server, 'latency')
  const file = join(context.folder, 'latency.requests')
  const call = { to: chain.token, data: `0x70a08231${'1000'.padStart(64, '0')}` }
  const request = { jsonrpc: '2.0', id: 1, method: 'eth_call', params: [call, 'latest'] }
  writeFileSync(file, `${JSON.stringify(request)}\n`)
  const { turn, warmup: warmupSeconds } = lengthsOf(context.options)
  const seconds = turn / 2
  const p50: Record<Way, number[]> = { direct: [], door: [] }
  const p99: Record<Way, number[]> = { direct: [], door: [] }
  for (const way of pairs.flat()) {
    context.say(`one read at a time, ${way}`)
    const { latency } = await runRpcLoad({
      ...{
        target: way === 'door' ? chain.target : chain.engine,
        files: [file],
        perRequest: 1,
        isOnce: false,
      },
      ...{ warmupSeconds, seconds, pids: [] },
    })
    p50[way].push(latency.p50)
    p99[way].push(latency.p99)
  }
  const middle = (values: readonly number[]) => percentilesOf(values).p50
  context.add(
    resultOf('evm.door.read.ms', middle(p50.door) - middle(p50.direct), {
      'p50 ms, direct': rounded(middle(p50.direct)),
      'p50 ms, door': rounded(middle(p50.door)),
      'p99 ms, direct': rounded(middle(p99.direct)),
      'p99 ms, door': rounded(middle(p99.door)),
      ...{ call: 'eth_call of balanceOf', connections: 1, 'pairs of turns': pairs.length },
      'seconds of each turn': rounded(seconds),
    }),
  )
}
