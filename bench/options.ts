import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchError } from './errors.ts'
import { type BenchName, benchNames, type RowName, rowNamesOf } from './report.ts'

export type BenchOptions = {
  readonly bench: BenchName
  /** Of the sustained rows; the others take a fixed part of it. */
  readonly seconds: number
  /** Of the large log of the growth rows. */
  readonly entries: number
  readonly only: ReadonlySet<RowName>
  /** Whether statements carry a `cti`, as those of `bsn record put` do. */
  readonly hasActIds: boolean
  readonly jsonFile: string | undefined
  /** Whether the temporary folder stays. */
  readonly keeps: boolean
  /** The program that is measured. */
  readonly bsn: string
}

const rowLines = benchNames.map((bench) => rowNamesOf(bench).join(' '))

export const usage = `npm run bench -- ${benchNames.join('|')} [options]

  records         the write path with signed statements: rate, limits, peer, growth
  gateway         JSON records, what limits cost, events to many readers, a loud neighbour
  network         four validator nodes on CometBFT, and its own kvstore: about a quarter of an hour
  evm             an EVM chain over its own socket and through the JSON-RPC door; wake, memory
  fabric          a service of Hyperledger Fabric, beside Fabric's own client on the same channel
  portal          the web page in Chromium: first visits, a list of 100,000 rows

  --json FILE     also write {machine, results} to FILE
  --seconds N     length of the sustained rows (60); the others scale with it; ten times as long
                  for network.steady, for 60: 600 s, and 100,000 entries for network.catchup
  --entries N     entries of the large log (5000000)
  --only NAME,…   these rows alone
                  ${rowLines.join('\n                  ')}
  --cti           statements with an act id, as those of bsn record put
  --keep          leave the temporary folder
  --bsn PROGRAM   measure another program than bin/bsn of this clone
`

const spec = {
  json: { type: 'string' },
  seconds: { type: 'string', default: '60' },
  entries: { type: 'string', default: '5000000' },
  only: { type: 'string' },
  cti: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  bsn: { type: 'string', default: join(import.meta.dirname, '../bin/bsn') },
  help: { type: 'boolean', default: false },
} as const

/** Undefined where only help was asked for. @throws BENCH_OPTION_INVALID */
export function readOptions(argv: readonly string[]): BenchOptions | undefined {
  const { values, positionals } = parse(argv)
  if (values.help || positionals.length === 0) return undefined
  const bench = benchNames.find((name) => name === positionals.join(' '))
  if (!bench) {
    throw benchError('BENCH_OPTION_INVALID', `There is no bench "${positionals.join(' ')}".`)
  }
  const all = rowNamesOf(bench)
  const only = values.only?.split(',').map((name) => rowName(name, all))
  return {
    bench,
    seconds: positive('seconds', values.seconds),
    entries: positive('entries', values.entries),
    only: new Set(only ?? all),
    hasActIds: values.cti,
    jsonFile: values.json,
    keeps: values.keep,
    bsn: values.bsn,
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: spec, allowPositionals: true })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw benchError('BENCH_OPTION_INVALID', why, { cause })
  }
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw benchError('BENCH_OPTION_INVALID', `--${option} ${text}: give a number from 1 on.`)
}

function rowName(name: string, all: readonly RowName[]): RowName {
  const row = all.find((one) => one === name)
  if (row !== undefined) return row
  throw benchError('BENCH_OPTION_INVALID', `--only ${name}: rows are ${all.join(', ')}.`)
}
