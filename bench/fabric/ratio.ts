import { join } from 'node:path'
import { type BenchContext, lengthsOf } from '../context.ts'
import { percentilesOf } from '../load/latencies.ts'
import { cpuSecondsOfAll } from '../network/process-figures.ts'
import { runProgram } from '../network/program.ts'
import { processesUnder } from '../nodes/processes-under.ts'
import { resultOf, rounded } from '../report.ts'
import type { FabricSubject } from './fabric-subject.ts'
import type { DirectPlan, DirectResult } from './write-direct.ts'
import type { GatewayPlan, GatewayResult } from './write-gateway.ts'

const inFlight = 300
/** Keys of one part: none is written twice. */
const keysOfPart = 1e7
/** In turns, so that what a machine does meanwhile meets both. */
const order = ['direct', 'gateway', 'gateway', 'direct'] as const
type Way = (typeof order)[number]

type Part = (DirectResult | GatewayResult) & { readonly serverCores: number }

/** fabric.direct, fabric.gateway and their ratios, on the same channel in the same run. */
export async function measureRatio(context: BenchContext, subject: FabricSubject): Promise<void> {
  const { warmup, singles } = lengthsOf(context.options)
  const pace = { inFlight, warmupSeconds: warmup, seconds: Math.max(5, singles / 2) }
  const parts: Record<Way, Part[]> = { direct: [], gateway: [] }
  for (const [i, way] of order.entries()) {
    context.say(`${inFlight} writes under way, ${way}: part ${i + 1} of ${order.length}`)
    parts[way].push(await runPart(subject, way, { ...pace, first: (i + 1) * keysOfPart }))
  }
  const direct = sumOf(parts.direct)
  const gateway = sumOf(parts.gateway)
  const under = {
    ...{ 'under way': inFlight, seconds: rounded(pace.seconds), parts: parts.direct.length },
    'answered when': 'it is in a block',
    contract: 'the preset key-value, keys that are new, values of 200 bytes',
  }
  const told = ({ p50, p99, cores, serverCores }: Sum) => ({
    ...{ 'p50 ms': rounded(p50), 'p99 ms': rounded(p99) },
    ...{ 'client cores': rounded(cores), 'cores of node, peer, orderer': rounded(serverCores) },
  })
  const client = { by: '@hyperledger/fabric-gateway in a process of its own' }
  context.add(resultOf('fabric.direct', direct.rate, { ...under, ...client, ...told(direct) }))
  context.add(resultOf('fabric.gateway', gateway.rate, { ...under, ...told(gateway) }))
  const both = { 'in turns': order.join(', '), 'under way': inFlight }
  context.add(resultOf('fabric.ratio', gateway.rate / direct.rate, both))
  context.add(resultOf('fabric.p50.ratio', gateway.p50 / direct.p50, both))
}

type Pace = Pick<DirectPlan, 'inFlight' | 'first' | 'warmupSeconds' | 'seconds'>

async function runPart(subject: FabricSubject, way: Way, pace: Pace): Promise<Part> {
  const { server, service, ledger, apiKey, contract } = subject
  const pids = [server.pid, ...processesUnder(server.pid)]
  const before = cpuSecondsOfAll(pids) ?? Number.NaN
  const startMs = performance.now()
  const result =
    way === 'direct'
      ? await runProgram<DirectResult>(new URL('./write-direct.ts', import.meta.url), {
          ...pace,
          ...{ folder: join(server.home, 'sandbox/fabric'), node: 'node-1' },
          ...{ channel: `s-${service}`, contract },
        } satisfies DirectPlan)
      : await runProgram<GatewayResult>(new URL('./write-gateway.ts', import.meta.url), {
          ...{ ...pace, port: server.port, ledger, service, contract, apiKey },
        } satisfies GatewayPlan)
  const seconds = (performance.now() - startMs) / 1000
  const serverCores = ((cpuSecondsOfAll(pids) ?? Number.NaN) - before) / seconds
  return { ...result, serverCores }
}

function sumOf(parts: readonly Part[]) {
  const mean = (of: (part: Part) => number) =>
    parts.reduce((sum, part) => sum + of(part), 0) / parts.length
  const { p50, p99 } = percentilesOf(parts.flatMap(({ latencies }) => latencies))
  const cores = mean((part) => part.cores)
  return {
    rate: mean(({ rate }) => rate),
    p50,
    p99,
    cores,
    serverCores: mean((p) => p.serverCores),
  }
}

type Sum = ReturnType<typeof sumOf>
