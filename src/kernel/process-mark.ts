import { readFileSync } from 'node:fs'

/**
 * A process by its id and, where the system tells, its start: ids are used again. Undefined where
 * no such process runs.
 */
export function processMark(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
  }
  const { state, start } = statOf(pid)
  // Ended, but whoever started it did not ask how: in containers some are never asked for.
  return state === 'Z' ? undefined : `${pid} ${start}`
}

/** State and start time, in clock ticks since boot: fields 3 and 22 of /proc/PID/stat (proc(5)). */
function statOf(pid: number): { readonly state: string; readonly start: string } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', start: fields[19] ?? '' }
  } catch {
    return { state: '', start: '' }
  }
}
