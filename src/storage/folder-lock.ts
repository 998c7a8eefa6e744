import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { CodedError } from '@openbsn/sdk'

/** Holds a folder for this process until `release`. */
export type FolderLock = { release(): void }

/**
 * Takes the lock file at `path`. One that a dead process left is taken over.
 * @throws STORE_IN_USE
 */
export function lockFolder(path: string): FolderLock {
  for (;;) {
    try {
      const file = openSync(path, 'wx', 0o600)
      writeSync(file, processMark(process.pid) ?? String(process.pid))
      closeSync(file)
      return { release: () => rmSync(path, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      takeOverOrRefuse(path)
    }
  }
}

function takeOverOrRefuse(path: string): void {
  const mark = readFileSync(path, 'utf8')
  const pid = Number.parseInt(mark, 10)
  if (Number.isSafeInteger(pid) && mark === processMark(pid)) {
    const message = `Process ${pid} uses this data folder. Stop it, or give another folder: --home DIR.`
    throw new CodedError('STORE_IN_USE', message, { details: { pid } })
  }
  rmSync(path, { force: true })
}

/**
 * A process by its id and, where the system tells, its start: ids are used again. Undefined where
 * no such process runs.
 */
function processMark(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
  }
  return `${pid} ${startOf(pid)}`
}

/** Start time in clock ticks since boot: field 22 of /proc/PID/stat (proc(5)). */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
