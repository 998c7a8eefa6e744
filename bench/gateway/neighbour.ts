import { type BenchContext, lengthsOf } from '../context.ts'
import { percentilesOf } from '../load/latencies.ts'
import type { JsonTarget, LoadResult } from '../load/plan.ts'
import { type Load, runLoad } from '../load/run-load.ts'
import type { BenchOptions } from '../options.ts'
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
/**
 * Quiet and noisy parts in either order. The middle one counts of what the pairs say: the p99 of a
 * quiet part alone moves by a half from one to the next, as the disk has it, so there are many.
 */
const pairsIn = ({ seconds }: BenchOptions) =>
  Array.from({ length: seconds < 20 ? 4 : 24 }, (_, i) =>
    i % 2 === 0 ? (['quiet', 'noisy'] as const) : (['noisy', 'quiet'] as const),
  )

type Part = ReturnType<typeof pairsIn>[number][number]

/**
 * gateway.neighbour: by how much the p99 of tenant B moves, up or down, while tenant A sends ten
 * times as much as it may: the median over pairs of parts, because a machine that is disturbed for
 * a moment moves one of them by more.
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
  const latencies: Record<Part, number[]> = { quiet: [], noisy: [] }
  const noise: LoadResult[] = []
  const calm: LoadResult[] = []
  const ratios: number[] = []
  let parts = 0
  const measure = async (part: Part): Promise<number> => {
    say(`tenant B at ${steadyPerSecond} a second, tenant A ${part}`)
    const number = parts++
    const load = runLoad(server, loadOf(steady, number, steadyPerSecond))
    if (part === 'noisy') {
      noise.push(await runLoad(server, loadOf(loud, number, limitPerSecond * excess)))
    }
    const result = await load
    if (part === 'noisy') calm.push(result)
    latencies[part].push(...(result.latencies ?? []))
    return result.latency.p99
  }
  for (const pair of pairs) {
    const p99 = { quiet: Number.NaN, noisy: Number.NaN }
    for (const part of pair) p99[part] = await measure(part)
    ratios.push(p99.noisy / p99.quiet)
  }
  const [quiet, noisy] = [percentilesOf(latencies.quiet), percentilesOf(latencies.noisy)]
  const moved = Math.abs(percentilesOf(ratios).p50 - 1) * 100
  const last = calm.at(-1)
  add(
    resultOf('gateway.neighbour', moved, {
      'B, p99 ms with A quiet': rounded(quiet.p99),
      'B, p99 ms with A noisy': rounded(noisy.p99),
      'B, p50 ms with A quiet': rounded(quiet.p50),
      'B, p50 ms with A noisy': rounded(noisy.p50),
      'B, records/s': steadyPerSecond,
      'A, records/s allowed': limitPerSecond,
      'A, records/s asked for': rounded(
        sum(noise, ({ requests }) => requests) / timeOf(noise, pace),
      ),
      'A, records/s let through': rounded(sum(noise, ({ rate }) => rate) / noise.length),
      'connections of each': connections,
      'pairs of parts': pairs.length,
      'p99, noisy to quiet, of each pair': ratios.map(rounded).join(' '),
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

const sum = (all: readonly LoadResult[], of: (one: LoadResult) => number) =>
  all.reduce((total, one) => total + of(one), 0)

const timeOf = (all: readonly LoadResult[], pace: { warmupSeconds: number; seconds: number }) =>
  all.length * (pace.warmupSeconds + pace.seconds)
