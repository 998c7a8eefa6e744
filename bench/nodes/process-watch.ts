import { cpuSecondsOfAll, memoryOf, type Resident } from '../network/process-figures.ts'
import { type Conditions, rounded } from '../report.ts'

/** Cores and megabytes (10^6 bytes) of the processes of a network, over one run. */
export interface ProcessWatch {
  /** Some more than a hundred looks over a run of this length. */
  start(seconds: number): void
  /**
   * Ends it: the cores of each kind together, and the memory of the largest process of each, as
   * means of the second and of the last quarter.
   */
  finish(): Conditions
}

/** Processes of one kind, one for each node. */
export type Kind = { readonly name: string; readonly pids: readonly number[] }

export function createProcessWatch(kinds: readonly Kind[]): ProcessWatch {
  const looks: (readonly Look[])[] = []
  const look = () => {
    looks.push(kinds.flatMap(({ pids }) => pids.map((pid) => ({ pid, resident: memoryOf(pid) }))))
  }
  let timer: NodeJS.Timeout | undefined
  let startedMs = 0
  let before: readonly (number | undefined)[] = []
  const cpu = () => kinds.map(({ pids }) => cpuSecondsOfAll(pids))
  return {
    start: (seconds) => {
      startedMs = performance.now()
      before = cpu()
      timer = setInterval(look, (seconds * 1000) / 120)
    },
    finish: () => {
      clearInterval(timer)
      look()
      const seconds = (performance.now() - startedMs) / 1000
      const after = cpu()
      return Object.assign(
        {},
        ...kinds.map((kind, i) => {
          const cores = ((after[i] ?? Number.NaN) - (before[i] ?? Number.NaN)) / seconds
          const told = Number.isNaN(cores) ? {} : { [`${kind.name}: cores`]: rounded(cores) }
          return { ...told, ...memoryOfKind(kind, looks) }
        }),
      )
    },
  }
}

type Look = { readonly pid: number; readonly resident: Resident | undefined }

function memoryOfKind({ name, pids }: Kind, looks: readonly (readonly Look[])[]): Conditions {
  const quarter = Math.max(1, Math.floor(looks.length / 4))
  const second = looks.slice(quarter, 2 * quarter)
  const last = looks.slice(-quarter)
  const largest = (part: typeof looks, of: (one: Resident) => number) =>
    Math.max(...pids.map((pid) => meanOf(part, pid, of)))
  const anonymous = (part: typeof looks) => largest(part, (one) => one.anonymous)
  return {
    [`${name}: MB, second quarter`]: Math.round(anonymous(second)),
    [`${name}: MB, last quarter`]: Math.round(anonymous(last)),
    [`${name}: MB of mapped files, last quarter`]: Math.round(largest(last, (one) => one.mapped)),
  }
}

function meanOf(
  looks: readonly (readonly Look[])[],
  wanted: number,
  of: (one: Resident) => number,
): number {
  const seen = looks.flatMap((look) =>
    look.flatMap(({ pid, resident }) => (pid === wanted && resident ? [of(resident)] : [])),
  )
  return seen.reduce((sum, one) => sum + one, 0) / Math.max(1, seen.length)
}
