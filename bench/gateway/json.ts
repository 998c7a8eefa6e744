import { type BenchContext, lengthsOf } from '../context.ts'
import { serverMicrosecondsOf } from '../load/meter.ts'
import type { LoadResult } from '../load/plan.ts'
import { runLoad } from '../load/run-load.ts'
import { drainProjection, verifySample } from '../records/sample.ts'
import type { Subject } from '../records/throughput.ts'
import { type Conditions, resultOf, rounded } from '../report.ts'
import { payloadBytes } from '../statements/template.ts'
import { createTenants } from './tenants.ts'

const connections = 64
/** As many as write with signed statements in the other bench. */
const services = Array.from({ length: 64 }, (_, i) => `json-${i + 10}`)

/** gateway.json: JSON records that the gateway signs, by credentials with API keys. */
export async function measureJson(
  { options, say, add }: BenchContext,
  { server, writers, durability }: Subject,
): Promise<void> {
  const targets = await createTenants(server, services)
  say(`JSON records on ${connections} connections`)
  const { warmup: warmupSeconds, sustained: seconds } = lengthsOf(options)
  const work = { kind: 'json', targets, firstNumber: 0, expectsLimit: false } as const
  const result = await runLoad(server, { work, connections, warmupSeconds, seconds })
  const behind = await drainProjection(server, writers)
  const verified = await verifySample(server, writers)
  const { generatorCores, latency } = result
  add(
    resultOf('gateway.json', result.rate, {
      connections,
      'services and credentials': services.length,
      'records per request': 1,
      'payload bytes': payloadBytes,
      'signed by': 'the city node (key-trust)',
      authentication: 'API key',
      'with an Idempotency-Key': 'each',
      seconds: rounded(result.measuredSeconds),
      'p50 ms': rounded(latency.p50),
      'p99 ms': rounded(latency.p99),
      'p99.9 ms': rounded(latency.p999),
      'slowest second': rounded(result.slowestSecond),
      ...serverOf(result),
      'generator cores': rounded(generatorCores),
      ...durability,
      'lists behind by entries': behind,
      'receipts verified offline': verified,
    }),
  )
}

function serverOf(result: LoadResult): Conditions {
  const { serverCores } = result
  if (serverCores === undefined) return {}
  const each = { 'server µs per record': rounded(serverMicrosecondsOf(result)) }
  return { 'server cores': rounded(serverCores), ...each }
}
