import type { Output } from '../output.ts'

/** How far a long task is, on stderr: a bar on a terminal, now and then a line elsewhere. */
export interface Progress {
  /** Rows that were worked on. */
  add(rows: number): void
  /** Rows that were done before: they count, but say nothing about the rate. */
  skip(rows: number): void
  /** Removes the bar. */
  end(): void
}

/** `unit` is what is counted: rows, or what it says. */
export type ProgressOptions = {
  readonly total: number
  readonly label: string
  readonly unit?: string
}

/** `nowMs` is a clock that never goes back. */
export function createProgress(
  { total, label, unit = 'rows' }: ProgressOptions,
  { out, nowMs }: { readonly out: Output; readonly nowMs: () => number },
): Progress {
  const isShown = !out.quiet && !out.json
  const intervalMs = out.isTerminal ? 100 : 5000
  let startMs = nowMs()
  let shownMs = out.isTerminal ? Number.NEGATIVE_INFINITY : startMs
  let [done, worked] = [0, 0]

  function show(): void {
    const now = nowMs()
    if (!isShown || now - shownMs < intervalMs) return
    shownMs = now
    const rate = now > startMs ? (worked * 1000) / (now - startMs) : 0
    const text = `${label}  ${describeProgress({ done, total, unit, rate, bar: out.isTerminal })}`
    if (out.isTerminal) out.progress(text)
    else out.note(text)
  }

  return {
    add: (rows) => {
      done += rows
      worked += rows
      show()
    },
    skip: (rows) => {
      done += rows
      if (worked === 0) startMs = nowMs()
      show()
    },
    end: () => {
      if (isShown && out.isTerminal) out.progress('')
    },
  }
}

export type ProgressState = {
  readonly done: number
  readonly total: number
  readonly unit: string
  /** Units a second. */
  readonly rate: number
  readonly bar: boolean
}

const barLength = 24

/** Such as `[######------------------]  25 %  1,000 of 4,000 rows  500/s  6 s left`. */
export function describeProgress({ done, total, unit, rate, bar }: ProgressState): string {
  const share = total === 0 ? 1 : done / total
  const filled = Math.floor(share * barLength)
  const parts = [
    ...(bar ? [`[${'#'.repeat(filled)}${'-'.repeat(barLength - filled)}]`] : []),
    `${String(Math.floor(share * 100)).padStart(3)} %`,
    `${grouped(done)} of ${grouped(total)} ${unit}`,
    `${grouped(Math.round(rate))}/s`,
    ...(rate > 0 ? [`${duration((total - done) / rate)} left`] : []),
  ]
  return parts.join('  ')
}

/** 231083 as 231,083. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
