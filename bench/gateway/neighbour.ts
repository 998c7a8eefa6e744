import { type BenchContext, lengthsOf } from '../context.ts'
import { percentilesOf } from '../load/latencies.ts'
import type { JsonTarget, LoadResult } from '../load/plan.ts'
import { type Load, runLoad } from '../load/run-load.ts'
import type { BenchOptions } from '../options.ts'
import { probeDisk } from '../records/probe-disk.ts'
import type { DiskWatch } from '../records/sync-worker.ts'
import type { Subject } from '../records/throughput.ts'
import { resultOf, rounded } from '../report.ts'
import { createTenants } from './tenants.ts'

/** What tenant A may do a second, and how many times as much it asks for. */
const limitPerSecond = 100
const excess = 10
/** What tenant B does a second, which nothing limits. */
const steadyPerSecond = 200
const connections = 16
/**
 * Both send at random times, the same ones in each part. At even ones tenant B's requests would
 * never meet in one commit, and the first record of anybody else would count as noise.
 */
const arrivals = { loud: 1, steady: 2 } as const
/** Quiet and noisy parts in either order, so that what disturbs the machine meets both. */
const pairsIn = ({ seconds }: BenchOptions) =>
  Array.from({ length: seconds < 20 ? 4 : 48 }, (_, i) =>
    i % 2 === 0 ? (['quiet', 'noisy'] as const) : (['noisy', 'quiet'] as const),
  )

type Part = ReturnType<typeof pairsIn>[number][number]
/** All parts of a kind: their latencies in milliseconds, and how many the disk's stalls met. */
type Parts = { readonly latencies: number[]; stalled: number }

/**
 * gateway.neighbour: by how much the p99 of tenant B moves, up or down, while tenant A sends ten
 * times as much as it may, over all quiet parts and all noisy ones. Requests that were under way while a
 * bare sync of this disk stalled are left out of both: a few of them would be the p99.
 */
export async function measureNeighbour(context: BenchContext, { server }: Subject): Promise<void> {
  const { options, say, add } = context
  const [loud] = await createTenants(server, ['tenant-a'], { perSecond: limitPerSecond })
  const [steady] = await createTenants(server, ['tenant-b'])
  if (!loud || !steady) throw new RangeError('there are two tenants')
  const seconds = lengthsOf(options).turn / 2
  const warmupSeconds = Math.min(0.5, seconds / 4)
  const pace = { connections, warmupSeconds, seconds, tellsLatencies: true }
  const loadOf = (target: JsonTarget, part: number, perSecond: number): Load => ({
    ...pace,
    work: {
      kind: 'json',
      targets: [target],
      firstNumber: part * 1e9,
      expectsLimit: target === loud,
    },
    requestsPerSecond: perSecond,
    arrivalsSeed: target === loud ? arrivals.loud : arrivals.steady,
  })
  const pairs = pairsIn(options)
  const kinds: Record<Part, Parts> = {
    quiet: { latencies: [], stalled: 0 },
    noisy: { latencies: [], stalled: 0 },
  }
  const noise: LoadResult[] = []
  const results: (readonly [Part, LoadResult])[] = []
  const disk = probeDisk(context.folder)
  say(`tenant B at ${steadyPerSecond} a second, tenant A in turns quiet and noisy`)
  for (const [number, part] of pairs.flat().entries()) {
    const load = runLoad(server, loadOf(steady, number, steadyPerSecond))
    if (part === 'noisy') {
      noise.push(await runLoad(server, loadOf(loud, number, limitPerSecond * excess)))
    }
    results.push([part, await load])
  }
  const watch = await disk.stop()
  for (const [part, result] of results) gather(kinds[part], result, watch)
  const [quiet, noisy] = [
    percentilesOf(kinds.quiet.latencies),
    percentilesOf(kinds.noisy.latencies),
  ]
  const last = results.findLast(([part]) => part === 'noisy')?.[1]
  add(
    resultOf('gateway.neighbour', Math.abs(noisy.p99 / quiet.p99 - 1) * 100, {
      'B, p99 ms with A quiet': rounded(quiet.p99),
      'B, p99 ms with A noisy': rounded(noisy.p99),
      'B, p50 ms with A quiet': rounded(quiet.p50),
      'B, p50 ms with A noisy': rounded(noisy.p50),
      'requests with A quiet': kinds.quiet.latencies.length,
      'left out, met by a stall of the disk': kinds.quiet.stalled,
      'requests with A noisy': kinds.noisy.latencies.length,
      'left out of these': kinds.noisy.stalled,
      'B, records/s': steadyPerSecond,
      'A, records/s allowed': limitPerSecond,
      'A, records/s asked for': rounded(
        sum(noise, ({ requests }) => requests) / timeOf(noise, pace),
      ),
      'A, records/s let through': rounded(sum(noise, ({ rate }) => rate) / noise.length),
      'connections of each': connections,
      parts: pairs.length * 2,
      'seconds of each part': rounded(seconds),
      ...(last?.serverCores === undefined
        ? {}
        : { 'server cores, noisy': rounded(last.serverCores) }),
      'generator cores, B': rounded(last?.generatorCores ?? 0),
      'generator cores, A': rounded(noise.at(-1)?.generatorCores ?? 0),
      'latency from': 'when a request was due',
      arrivals: 'random (Poisson), the same in each part',
    }),
  )
}

/** Takes in a part, without what was under way while the disk stalled. */
function gather(
  parts: Parts,
  { latencies = [], dueTimes = [] }: LoadResult,
  { stalls }: DiskWatch,
) {
  for (const [i, latency] of latencies.entries()) {
    const due = dueTimes[i] ?? 0
    const isStalled = stalls.some(([from, to]) => due + latency >= from && due <= to)
    if (isStalled) parts.stalled++
    else parts.latencies.push(latency)
  }
}

const sum = (all: readonly LoadResult[], of: (one: LoadResult) => number) =>
  all.reduce((total, one) => total + of(one), 0)

const timeOf = (all: readonly LoadResult[], pace: { warmupSeconds: number; seconds: number }) =>
  all.length * (pace.warmupSeconds + pace.seconds)
