import { type BenchContext, lengthsOf, wants } from '../context.ts'
import { drainProjection, verifySample } from '../records/sample.ts'
import { applyLoad, conditionsOf, type Shape } from '../records/throughput.ts'
import { resultOf, rounded } from '../report.ts'
import { quorum } from './city-network.ts'
import { headOf } from './head-of.ts'
import { createProcessWatch } from './process-watch.ts'
import type { NetworkSubject } from './run-network.ts'

/** 100 million statements a day are 1,157; a few more, so that the rate is not just below. */
const steadyPerSecond = 1160
/** More than are under way where an answer takes half a second. */
const connections = 1024

/** network.steady.rate, network.steady.p99 and network.steady.cores, from one run. */
export async function measureSteady(context: BenchContext, subject: NetworkSubject): Promise<void> {
  const rows = ['network.steady.rate', 'network.steady.p99', 'network.steady.cores'] as const
  if (!wants(context, ...rows)) return
  context.say(`four validators: single statements at a steady ${steadyPerSecond} per second`)
  const { warmup: warmupSeconds, steadyNetwork: seconds } = lengthsOf(context.options)
  const pace = { connections, requestsPerSecond: steadyPerSecond, warmupSeconds, seconds }
  const shape: Shape = { ...pace, perRequest: 1, receiptsLeast: quorum }
  const { server, writers, nodes, targets } = subject
  const before = await headOf(server, writers)
  const watch = createProcessWatch([
    { name: 'node', pids: targets.map(({ pid }) => pid) },
    { name: 'CometBFT', pids: targets.flatMap(({ helperPids }) => helperPids ?? []) },
  ])
  const result = await applyLoad(subject, shape, () => watch.start(warmupSeconds + seconds))
  const processes = watch.finish()
  const after = await headOf(server, writers)
  await drainProjection(server, writers)
  const verified = await Promise.all(nodes.map((node) => verifySample(node.server, writers)))
  const conditions = {
    ...conditionsOf(shape, result),
    'latency from': 'when a request was due',
    final: `every answer has receipts of ${quorum} of ${nodes.length} validators or more`,
    'receipts verified offline': verified.reduce((sum, one) => sum + one, 0),
    'entries of each block': rounded((after.size - before.size) / (after.height - before.height)),
  }
  const offered = { 'offered per second': steadyPerSecond, nodes: nodes.length }
  const [rate, p99, cores] = rows
  context.add(resultOf(rate, result.rate, { ...offered, ...conditions, ...processes }))
  context.add(
    resultOf(p99, result.latency.p99, { ...offered, 'p50 ms': rounded(result.latency.p50) }),
  )
  if (result.serverCores === undefined) context.miss(cores, 'needs /proc')
  else context.add(resultOf(cores, result.serverCores, { ...offered, of: 'all eight processes' }))
}
