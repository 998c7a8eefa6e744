import type { Machine } from './machine.ts'

/** Every figure, in the order of the table. Programs read these names: they are stable. */
const rows = {
  'records.batch': { unit: 'statements/s', asked: { least: 20_000 } },
  'records.single64': { unit: 'statements/s', asked: { least: 6000 } },
  'records.single256': { unit: 'statements/s', asked: { least: 10_000 } },
  'records.steady.p99': { unit: 'ms', asked: { most: 50 } },
  'records.steady.cores': { unit: 'cores', asked: { most: 0.7 } },
  'limit.verify': { unit: 'signatures/s', asked: {} },
  'limit.append': { unit: 'statements/s', asked: {} },
  'peer.tessera': { unit: 'leaves/s', asked: {} },
  'growth.ratio': { unit: '', asked: { least: 0.9 } },
  'growth.memory': { unit: 'MB', asked: { most: 400 } },
  restart: { unit: 's', asked: { most: 3 } },
  'receipt.p99': { unit: 'ms', asked: { most: 10 } },
  'cli.start': { unit: 'ms', asked: { most: 200 } },
  'gateway.json': { unit: 'statements/s', asked: { least: 5000 } },
  'gateway.write.ratio': { unit: '', asked: { least: 0.9 } },
  'gateway.events.p99': { unit: 'ms', asked: { most: 1000 } },
  'gateway.neighbour': { unit: '%', asked: { most: 20 } },
  'network.steady.rate': { unit: 'statements/s', asked: { least: 1157 } },
  'network.steady.p99': { unit: 'ms', asked: { most: 2000 } },
  'network.steady.cores': { unit: 'cores', asked: { most: 1.5 } },
  'network.idle.p50': { unit: 'ms', asked: { most: 200 } },
  'network.peak': { unit: 'statements/s', asked: { least: 2500 } },
  'network.catchup': { unit: 'entries/s', asked: { least: 5000 } },
  'peer.kvstore': { unit: 'transactions/s', asked: {} },
  'evm.direct.erc20': { unit: 'transactions/s', asked: {} },
  'evm.door.ratio': { unit: '', asked: { least: 0.85 } },
  'evm.door.read.ms': { unit: 'ms', asked: { most: 2 } },
  'evm.api.erc20': { unit: 'transactions/s', asked: { least: 300 } },
  'evm.wake': { unit: 's', asked: { most: 1 } },
  'evm.idle.mb': { unit: 'MB', asked: { most: 100 } },
  'fabric.direct': { unit: 'transactions/s', asked: {} },
  'fabric.gateway': { unit: 'transactions/s', asked: {} },
  'fabric.ratio': { unit: '', asked: { least: 0.9 } },
  'fabric.p50.ratio': { unit: '', asked: { most: 1.1 } },
  'fabric.publish': { unit: 's', asked: { most: 60 } },
  'fabric.idle.mb': { unit: 'MB', asked: {} },
  'portal.lcp': { unit: 's', asked: { most: 1.5 } },
  'portal.inp': { unit: 'ms', asked: { most: 200 } },
  'portal.script': { unit: 'kB', asked: { most: 250 } },
  'portal.scroll': { unit: 'ms', asked: { most: 100 } },
  'portal.filter': { unit: 'ms', asked: { most: 100 } },
} as const satisfies Record<string, { readonly unit: string; readonly asked: Asked }>

type Asked = { readonly least?: number; readonly most?: number }
export type RowName = keyof typeof rows
const rowNames = Object.keys(rows) as readonly RowName[]

export const benchNames = ['records', 'gateway', 'network', 'evm', 'fabric', 'portal'] as const
export type BenchName = (typeof benchNames)[number]

/** The rows that a bench measures. */
export const rowNamesOf = (bench: BenchName): readonly RowName[] =>
  rowNames.filter((name) => benchOf(name) === bench)

function benchOf(row: RowName): BenchName {
  if (row.startsWith('gateway.')) return 'gateway'
  if (row.startsWith('evm.')) return 'evm'
  if (row.startsWith('fabric.')) return 'fabric'
  if (row.startsWith('portal.')) return 'portal'
  return row.startsWith('network.') || row === 'peer.kvstore' ? 'network' : 'records'
}

/** What is asked of a row; nothing where it is there to compare with. */
export const askedOf = (row: RowName): Asked => rows[row].asked

/** What a figure holds under; units are in the names. */
export type Conditions = Readonly<Record<string, string | number>>
export type Result = {
  readonly name: RowName
  readonly value: number
  readonly unit: string
  readonly conditions: Conditions
}

export function resultOf(name: RowName, value: number, conditions: Conditions): Result {
  return { name, value: rounded(value), unit: rows[name].unit, conditions }
}

/** Three digits that mean something; more would be noise. */
export function rounded(value: number): number {
  return value >= 1000 ? Math.round(value) : Number(value.toPrecision(3))
}

/** What the issue asks of one figure in proportion to another. */
const ratios = [
  { of: 'records.batch', to: 'limit.verify', asked: {} },
  { of: 'records.batch', to: 'limit.append', asked: {} },
  { of: 'records.batch', to: 'peer.tessera', asked: { least: 1.5 } },
  { of: 'records.single256', to: 'peer.tessera', asked: { least: 0.8 } },
  { of: 'network.peak', to: 'peer.kvstore', asked: {} },
] as const satisfies readonly { of: RowName; to: RowName; asked: Asked }[]

export type Report = { readonly machine: Machine; readonly results: readonly Result[] }

/** The report for people: a line of machine, a row per figure, the conditions, the ratios. */
export function formatReport({ machine, results }: Report, missing: readonly string[]): string {
  const { cpu, cores, memoryGiB, kernel, disk, node, loadBefore } = machine
  const lines = [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${kernel}, ${disk}, Node ${node}`,
    `load before the run: ${loadBefore.join(' ')} (1, 5, 15 minutes)`,
    '',
    tableRow('', 'measured', 'unit', 'asked'),
    ...results.flatMap(resultLines),
    ...ratioLines(results),
    ...missing.map((why) => `not measured: ${why}`),
  ]
  return `${lines.join('\n')}\n`
}

function resultLines({ name, value, unit, conditions }: Result): string[] {
  const under = Object.entries(conditions).map(([key, one]) => `${key} ${one}`)
  return [
    tableRow(name, format(value), unit, verdict(value, rows[name].asked)),
    ...wrapped(under.join(', '), 92).map((line) => `        ${line}`),
  ]
}

function ratioLines(results: readonly Result[]): string[] {
  const measured = (wanted: RowName) => results.find(({ name }) => name === wanted)?.value
  return ratios.flatMap(({ of, to, asked }) => {
    const [value, base] = [measured(of), measured(to)]
    if (value === undefined || base === undefined) return []
    const ratio = rounded(value / base)
    return [tableRow(`${of} / ${to}`, format(ratio), '', verdict(ratio, asked))]
  })
}

function tableRow(name: string, value: string, unit: string, asked: string): string {
  return `${name.padEnd(34)} ${value.padStart(10)} ${unit.padEnd(13)} ${asked}`.trimEnd()
}

function format(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: value >= 1000 ? 21 : 3 })
}

function verdict(value: number, { least, most }: Asked): string {
  if (least !== undefined) return `${value >= least ? 'ok' : 'BELOW'}, at least ${format(least)}`
  if (most !== undefined) return `${value < most ? 'ok' : 'ABOVE'}, under ${format(most)}`
  return ''
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || line.length + word.length >= columns) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}
