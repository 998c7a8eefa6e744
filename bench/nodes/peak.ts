import { type BenchContext, lengthsOf, wants } from '../context.ts'
import { drainProjection, verifySample } from '../records/sample.ts'
import { applyLoad, conditionsOf, type Shape } from '../records/throughput.ts'
import { resultOf, rounded } from '../report.ts'
import { headOf } from './head-of.ts'
import type { NetworkSubject } from './run-network.ts'

/** Three requests for each node: one in a block, one on its way, one being verified. */
const connections = 12
const perRequest = 500

/** network.peak: batches as fast as they are answered. */
export async function measurePeak(context: BenchContext, subject: NetworkSubject): Promise<void> {
  if (!wants(context, 'network.peak')) return
  context.say(`four validators: batches of ${perRequest} on ${connections} connections`)
  const { warmup: warmupSeconds, peakNetwork: seconds } = lengthsOf(context.options)
  const shape: Shape = { connections, perRequest, warmupSeconds, seconds }
  const { server, writers, nodes } = subject
  const before = await headOf(server, writers)
  const result = await applyLoad(subject, shape)
  const after = await headOf(server, writers)
  await drainProjection(server, writers)
  context.add(
    resultOf('network.peak', result.rate, {
      ...{ ...conditionsOf(shape, result), nodes: nodes.length },
      'slowest second': rounded(result.slowestSecond),
      'entries of each block': rounded((after.size - before.size) / (after.height - before.height)),
      'receipts verified offline': await verifySample(server, writers),
    }),
  )
}
