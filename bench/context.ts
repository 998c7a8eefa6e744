import type { BenchOptions } from './options.ts'
import type { Result, RowName } from './report.ts'

/** What every part of the bench is given. */
export type BenchContext = {
  readonly options: BenchOptions
  /** For everything that the run leaves on disk; removed after it. */
  readonly folder: string
  readonly say: (text: string) => void
  readonly add: (result: Result) => void
  /** Notes a row that this machine does not give. */
  readonly miss: (row: RowName, why: string) => void
}

/** Lengths of the parts, from the one option: 60 s give runs of about a quarter of an hour. */
export function lengthsOf({ seconds }: Pick<BenchOptions, 'seconds'>) {
  return {
    warmup: Math.min(3, seconds / 4),
    sustained: seconds,
    singles: Math.max(1, seconds / 3),
    limit: Math.max(0.5, seconds / 12),
    peer: Math.max(1, seconds / 6),
    growth: Math.max(1, seconds / 6),
    turn: Math.max(1, seconds / 12),
    steadyNetwork: seconds * 10,
    // Several blocks, however short the run.
    peakNetwork: Math.max(5, seconds),
    idleStatements: Math.max(4, seconds * 2),
    catchupEntries: Math.ceil((seconds * 100_000) / 60),
  }
}

export const wants = ({ options }: Pick<BenchContext, 'options'>, ...rows: readonly RowName[]) =>
  rows.some((row) => options.only.has(row))
