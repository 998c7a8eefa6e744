import { spawnSync } from 'node:child_process'
import { type BenchContext, wants } from '../context.ts'
import { benchError } from '../errors.ts'
import { resultOf, rounded } from '../report.ts'

/** What people type most, and what loads most; each ends before it asks anybody. */
const lines = [
  '--version',
  'help',
  'entry get --help',
  'receipt verify --help',
  'record put --help',
]
/** The first run fills Node's cache of compiled code. */
const [warmups, runs] = [1, 11]

/** cli.start: until a command line has said what it is, the slowest of some; medians. */
export async function measureLauncher(context: BenchContext): Promise<void> {
  if (!wants(context, 'cli.start')) return
  context.say('commands that print and end')
  const { bsn } = context.options
  const medians = lines.map((line) => [line, medianMs(bsn, line.split(' '))] as const)
  const slowest = Math.max(...medians.map(([, ms]) => ms))
  const each = Object.fromEntries(medians.map(([line, ms]) => [`bsn ${line}, ms`, rounded(ms)]))
  context.add(resultOf('cli.start', slowest, { 'runs of each': runs, ...each }))
}

function medianMs(bsn: string, argv: readonly string[]): number {
  const times: number[] = []
  for (let run = -warmups; run < runs; run++) {
    const started = performance.now()
    const { status, stderr } = spawnSync(bsn, argv, { encoding: 'utf8' })
    const took = performance.now() - started
    if (status !== 0) throw benchError('BENCH_PROCESS_FAILED', `bsn ${argv.join(' ')}: ${stderr}`)
    if (run >= 0) times.push(took)
  }
  return times.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? 0
}
