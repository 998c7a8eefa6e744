import { setTimeout as pause } from 'node:timers/promises'
import { type BenchContext, lengthsOf } from '../context.ts'
import { percentilesOf } from '../load/latencies.ts'
import type { JsonTarget, LoadResult } from '../load/plan.ts'
import { runLoad } from '../load/run-load.ts'
import { probeDisk } from '../records/probe-disk.ts'
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
/** Before each part: until tenant A's generator has started, and what it had saved up is used. */
const settleSeconds = 1
/** What starting and ending a generator takes at most. */
const generatorSeconds = 1

/** A time that counts, in milliseconds since 1970. */
type Window = readonly [from: number, to: number]
/** Latencies of all parts of a kind in milliseconds, and how many more the disk's stalls met. */
type Parts = { readonly latencies: readonly number[]; readonly stalled: number }

/**
 * gateway.neighbour: by how much the p99 of tenant B moves, up or down, while tenant A sends ten
 * times as much as it may. Tenant B goes on all the time; quiet and noisy parts take turns, so that
 * what disturbs the machine meets both. Requests that were under way while a bare sync of this disk
 * stalled, or as long after it, are left out of both: a few of them would be the p99.
 */
export async function measureNeighbour(context: BenchContext, { server }: Subject): Promise<void> {
  const { options, say, add } = context
  const [loud] = await createTenants(server, ['tenant-a'], { perSecond: limitPerSecond })
  const [steady] = await createTenants(server, ['tenant-b'])
  if (!loud || !steady) throw new RangeError('there are two tenants')
  const seconds = lengthsOf(options).turn
  const turns = options.seconds < 20 ? 2 : 24
  const loadOf = (target: JsonTarget, part: number) => ({
    connections,
    warmupSeconds: settleSeconds,
    tellsLatencies: true,
    work: {
      kind: 'json' as const,
      targets: [target],
      firstNumber: part * 1e9,
      expectsLimit: target === loud,
    },
    // The clients of the loud one shall cost the server, and not the clients of the other.
    comesLast: target === loud,
    arrivalsSeed: target === loud ? arrivals.loud : arrivals.steady,
  })
  say(`tenant B at ${steadyPerSecond} a second, tenant A in turns quiet and noisy`)
  const disk = probeDisk(context.folder)
  const ofSteady = runLoad(server, {
    ...loadOf(steady, 0),
    requestsPerSecond: steadyPerSecond,
    seconds: turns * (2 * (settleSeconds + seconds) + generatorSeconds),
  })
  const windows: Record<'quiet' | 'noisy', Window[]> = { quiet: [], noisy: [] }
  const noise: LoadResult[] = []
  await pause(settleSeconds * 1000)
  for (let turn = 0; turn < turns; turn++) {
    await pause(settleSeconds * 1000)
    const from = Date.now()
    await pause(seconds * 1000)
    windows.quiet.push([from, Date.now()])
    const pace = { requestsPerSecond: limitPerSecond * excess, seconds }
    const result = await runLoad(server, { ...loadOf(loud, turn), ...pace })
    const { dueTimes = [] } = result
    windows.noisy.push([dueTimes[0] ?? 0, dueTimes.at(-1) ?? 0])
    noise.push(result)
  }
  const calm = await ofSteady
  const { stalls } = await disk.stop()
  const quiet = partsIn(windows.quiet, calm, stalls)
  const noisy = partsIn(windows.noisy, calm, stalls)
  const [before, beside] = [percentilesOf(quiet.latencies), percentilesOf(noisy.latencies)]
  const askedSeconds = turns * (settleSeconds + seconds)
  add(
    resultOf('gateway.neighbour', Math.abs(beside.p99 / before.p99 - 1) * 100, {
      'B, p99 ms with A quiet': rounded(before.p99),
      'B, p99 ms with A noisy': rounded(beside.p99),
      'B, p50 ms with A quiet': rounded(before.p50),
      'B, p50 ms with A noisy': rounded(beside.p50),
      'requests with A quiet': quiet.latencies.length,
      'left out, met by a stall of the disk': quiet.stalled,
      'requests with A noisy': noisy.latencies.length,
      'left out of these': noisy.stalled,
      'B, records/s': steadyPerSecond,
      'A, records/s allowed': limitPerSecond,
      'A, records/s asked for': rounded(sum(noise, ({ requests }) => requests) / askedSeconds),
      'A, records/s let through': rounded(sum(noise, ({ rate }) => rate) / turns),
      'connections of each': connections,
      'parts of each kind': turns,
      'seconds of each part': rounded(seconds),
      ...(calm.serverCores === undefined ? {} : { 'server cores': rounded(calm.serverCores) }),
      'generator cores, B': rounded(calm.generatorCores),
      'generator cores, A': rounded(sum(noise, (one) => one.generatorCores) / turns),
      "A's generator": 'nice 19: it stands for a machine elsewhere',
      'latency from': 'when a request was due',
      arrivals: 'random (Poisson), those of A the same in each part',
    }),
  )
}

/** What was due in these windows, without what was under way while the disk stalled. */
function partsIn(
  windows: readonly Window[],
  { latencies = [], dueTimes = [] }: LoadResult,
  stalls: readonly Window[],
): Parts {
  const among = (all: readonly Window[], from: number, to: number) =>
    all.some((one) => to >= one[0] && from <= one[1])
  const own = dueTimes.flatMap((due, i) => {
    return among(windows, due, due) ? [{ due, latency: latencies[i] ?? 0 }] : []
  })
  // What came meanwhile is worked off after it.
  const disturbed = stalls.map(([from, to]): Window => [from, to + (to - from)])
  const counted = own.filter(({ due, latency }) => !among(disturbed, due, due + latency))
  const stalled = own.length - counted.length
  return { latencies: counted.map(({ latency }) => latency), stalled }
}

const sum = (all: readonly LoadResult[], of: (one: LoadResult) => number) =>
  all.reduce((total, one) => total + of(one), 0)
