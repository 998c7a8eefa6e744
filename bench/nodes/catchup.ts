import { rmSync } from 'node:fs'
import { type BenchContext, lengthsOf, wants } from '../context.ts'
import { runLoad } from '../load/run-load.ts'
import { verifySample } from '../records/sample.ts'
import { resultOf, rounded } from '../report.ts'
import { quorum } from './city-network.ts'
import { type Head, headOf } from './head-of.ts'
import type { NetworkSubject } from './run-network.ts'

/** As in the peak, over the nodes that are left. */
const load = { connections: 9, perRequest: 500 } as const
/** For as long as there are statements. */
const untilAllAreSent = 24 * 3600

/** network.catchup: a node that was off while the others registered entries. */
export async function measureCatchup(
  context: BenchContext,
  subject: NetworkSubject,
): Promise<void> {
  if (!wants(context, 'network.catchup')) return
  const { server, nodes, writers } = subject
  const [, , , late] = nodes
  await late.stop()
  const before = await headOf(server, writers)
  await registerMany(context, subject)
  const after = await headAtRest(() => headOf(server, writers))
  context.say(`${late.name} takes in ${after.size - before.size} entries`)
  const started = performance.now()
  await late.start()
  const has = (height: number) => secondsUntil(height, () => headOf(late.server, writers), started)
  const first = await has(before.height + 1)
  const seconds = await has(after.height)
  const entries = after.size - before.size
  context.add(
    resultOf('network.catchup', entries / seconds, {
      ...{ entries, blocks: after.height - before.height, nodes: nodes.length },
      from: 'the start of the process until it has all entries',
      seconds: rounded(seconds),
      'seconds until it is ready': rounded(late.server.startSeconds),
      'seconds until its first block': rounded(first),
      'entries/s from there on': rounded(entries / (seconds - first)),
      'receipts verified offline, by its answers': await verifySample(late.server, writers),
    }),
  )
}

async function registerMany(
  { options, say }: BenchContext,
  { nodes, writers, source }: NetworkSubject,
): Promise<void> {
  const { connections, perRequest } = load
  const count = Math.ceil(lengthsOf(options).catchupEntries / perRequest) * perRequest
  say(`three of four validators: ${count} statements in batches of ${perRequest}`)
  const file = await source.sign(count)
  const path = `/api/v1/ledgers/${writers.ledger}/entries`
  const work = { kind: 'statements', file, perRequest, path, successStatus: 200 } as const
  const targets = nodes.slice(0, quorum).map((node) => node.target())
  await runLoad(targets, { work, connections, warmupSeconds: 0, seconds: untilAllAreSent })
  rmSync(file.path)
}

/** The signatures of a block come with the one after it, so the network makes one more. */
async function headAtRest(ask: () => Promise<Head>): Promise<Head> {
  for (let head = await ask(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const next = await ask()
    if (next.height === head.height) return head
    head = next
  }
}

/** Seconds since `startedMs` until a node is at this height. */
async function secondsUntil(
  height: number,
  ask: () => Promise<Head>,
  startedMs: number,
): Promise<number> {
  while ((await ask()).height < height) await new Promise((resolve) => setTimeout(resolve, 20))
  return (performance.now() - startedMs) / 1000
}
