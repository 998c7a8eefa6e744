import { type Continent, continents } from './cities.ts'
import type { Sending } from './sim-client.ts'
import type { Apart, TourReport } from './tour.ts'
import type { World } from './world.ts'

/** How long records took, from where they were sent. */
export type LatencyRow = {
  readonly continent: Continent
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly mostMs: number
}

/** One row for each continent that something was sent from. */
export function latencyRows(sendings: readonly Sending[]): LatencyRow[] {
  return continents.flatMap((continent) => {
    const own = sendings.filter(({ from }) => from.place.continent === continent)
    const times = own
      .flatMap(({ startMs, endMs }) => (endMs === undefined ? [] : [endMs - startMs]))
      .sort((a, b) => a - b)
    if (times.length === 0) return []
    const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))]
    const [p50Ms = 0, p99Ms = 0, mostMs = 0] = [at(0.5), at(0.99), times.at(-1)]
    return [{ continent, count: times.length, p50Ms, p99Ms, mostMs }]
  })
}

/** How often gateways answered with each fault. */
export function faultCounts(sendings: readonly Sending[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const fault of sendings.flatMap(({ faults }) => faults)) {
    counts[fault] = (counts[fault] ?? 0) + 1
  }
  return counts
}

/** What people read. `realSeconds`: how long the machine took. */
export function formatReport(world: World, report: TourReport, realSeconds: number): string {
  const { options, queue, network, watch, checks, validators } = world
  const { directory, steady, down, astray, receipts, apart, faults } = report
  const lines = [
    `seed ${options.seed}: ${world.nodes.length} nodes, ${validators.length} of them validators`,
    `  in ${validators.map(({ city }) => city.name).join(', ')}`,
    '',
    `directory: ${directory.listed} nodes listed, ${directory.others.length} lists differ`,
    '',
    `records while ${down.join(', ')} are down`,
    ...table(latencyRows(steady.sendings)),
    `  answered by others than the nearest: ${astray.length}; receipts verified: ${receipts}`,
    '',
    `${apart.isolated.join(', ')} cut off`,
    side('there', apart, 'inside'),
    side('elsewhere', apart, 'outside'),
    `  gateways said: ${counted(faultCounts(apart.sendings))}`,
    `  all answered and all nodes equal ${Math.round(apart.settledMs)} ms after it healed`,
    '',
    `${watch.counts.heights} blocks, executed ${watch.counts.blocks} times; ${counted({
      messages: network.counts.sent,
      lost: network.counts.lost,
      'statements verified': checks.verified,
    })}`,
    `${(queue.nowMs / 1000).toFixed(0)} s of virtual time in ${realSeconds.toFixed(0)} s`,
    faults.length === 0 ? 'no fork, nothing lost, nothing twice' : 'WRONG:',
    ...faults.slice(0, 20),
  ]
  return `${lines.join('\n')}\n`
}

function side(name: string, { answered, sent, blocks }: Apart, of: 'inside' | 'outside'): string {
  return `  ${name}: ${answered[of]} of ${sent[of]} answered meanwhile, ${blocks[of]} blocks`
}

function table(rows: readonly LatencyRow[]): string[] {
  const head = row('from', 'records', 'p50 ms', 'p99 ms', 'most ms')
  const body = rows.map(({ continent, count, p50Ms, p99Ms, mostMs }) =>
    row(continent, ...[count, p50Ms, p99Ms, mostMs].map((one) => String(Math.round(one)))),
  )
  return [head, ...body]
}

const row = (first: string, ...rest: readonly string[]) =>
  `  ${first.padEnd(14)}${rest.map((one) => one.padStart(9)).join('')}`

function counted(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  return parts.join(', ') || 'nothing'
}
