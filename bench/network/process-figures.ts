import { readFileSync } from 'node:fs'

/** Kernel ticks per second in /proc: USER_HZ, 100 on every Linux of today (proc(5)). */
const ticksPerSecond = 100

/** CPU seconds of a process so far, all threads, user and system. Undefined where not Linux. */
export function cpuSecondsOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // Fields 14 and 15; the name before may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  } catch {
    return undefined
  }
}

/** Of several processes together. Undefined where one has ended, or the system does not tell. */
export function cpuSecondsOfAll(pids: readonly number[]): number | undefined {
  const each = pids.flatMap((pid) => cpuSecondsOf(pid) ?? [])
  return each.length === pids.length ? each.reduce((sum, one) => sum + one, 0) : undefined
}

export type Resident = { readonly anonymous: number; readonly mapped: number }

/**
 * Resident memory in MB (10^6 bytes): `anonymous` is memory of its own, `mapped` pages of files.
 * Undefined where not Linux.
 */
export function memoryOf(pid: number): Resident | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    const field = (name: string) => {
      const kibibytes = Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
      return Math.round((kibibytes * 1024) / 1e6)
    }
    return { anonymous: field('RssAnon'), mapped: field('RssFile') }
  } catch {
    return undefined
  }
}

/** Files that a process has mapped, libraries among them. Empty where not Linux. */
export function mapsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'latin1')
  } catch {
    return ''
  }
}
