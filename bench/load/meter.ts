import { cpuSecondsOfAll } from '../network/process-figures.ts'
import { percentilesOf } from './latencies.ts'
import type { LoadPlan, LoadResult } from './plan.ts'

/** Counts what comes back, between the end of the warm-up and the end of the run. */
export interface Meter {
  /** Milliseconds of `performance.now()` when the measured part begins and ends. */
  readonly begin: number
  readonly end: number
  answered(statements: number, dueMs: number): void
  /** Ends the measured part now, where it has not ended yet. */
  stop(): void
  result(problem: string | undefined): LoadResult
}

type Cpu = { readonly own: number; readonly server: number | undefined; readonly atMs: number }

type Measured = Pick<LoadPlan, 'warmupSeconds' | 'seconds' | 'pids' | 'tellsLatencies'>

export function createMeter(plan: Measured): Meter {
  const { warmupSeconds, seconds, pids } = plan
  const begin = performance.now() + warmupSeconds * 1000
  const end = begin + seconds * 1000
  const latencies: number[] = []
  const dueTimes: number[] = []
  const perSecond = new Array<number>(Math.ceil(seconds)).fill(0)
  const readCpu = (): Cpu => {
    const { user, system } = process.cpuUsage()
    const server = cpuSecondsOfAll(pids)
    return { own: (user + system) / 1e6, server, atMs: performance.now() }
  }
  let appended = 0
  let requests = 0
  let measured = 0
  let first: Cpu | undefined
  let last: Cpu | undefined

  return {
    begin,
    end,
    answered: (statements, dueMs) => {
      const now = performance.now()
      appended += statements
      requests++
      if (now < begin || last) return
      first ??= readCpu()
      measured += statements
      latencies.push(now - dueMs)
      dueTimes.push(performance.timeOrigin + dueMs)
      const second = Math.floor((now - begin) / 1000)
      perSecond[second] = (perSecond[second] ?? 0) + statements
    },
    stop: () => {
      last ??= readCpu()
    },
    result: (problem) => {
      const to = last ?? readCpu()
      const from = first ?? to
      const measuredSeconds = Math.max(0, to.atMs - begin) / 1000
      const cpuSeconds = (to.atMs - from.atMs) / 1000
      const server = to.server === undefined ? {} : { serverCores: to.server - (from.server ?? 0) }
      return {
        appended,
        requests,
        rate: measured / measuredSeconds,
        measuredSeconds,
        slowestSecond: Math.min(...perSecond.slice(0, Math.max(1, Math.floor(measuredSeconds)))),
        latency: percentilesOf(latencies),
        ...(plan.tellsLatencies ? { latencies, dueTimes } : {}),
        generatorCores: (to.own - from.own) / cpuSeconds,
        ...('serverCores' in server ? { serverCores: server.serverCores / cpuSeconds } : {}),
        ...(problem === undefined ? {} : { problem }),
      }
    },
  }
}

/** What the server works for one statement: other work on the machine changes it little. */
export const serverMicrosecondsOf = ({ serverCores = Number.NaN, rate }: LoadResult) =>
  (serverCores / rate) * 1e6
