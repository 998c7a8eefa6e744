import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { CodedError } from '@openbsn/sdk'
import { processMark } from '../kernel/process-mark.ts'

/** Holds a folder for this process until `release`. */
export type FolderLock = { release(): void }

/**
 * Takes the lock file at `path`. One that a dead process left is taken over.
 * @throws STORE_IN_USE
 */
export function lockFolder(path: string): FolderLock {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, processMark(process.pid) ?? String(process.pid), { mode: 0o600 })
  try {
    for (;;) {
      if (isLinked(draft, path)) return { release: () => rmSync(path, { force: true }) }
      takeOverOrRefuse(path)
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/** A link appears with its content, so nobody ever reads a lock that is not written yet. */
function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function takeOverOrRefuse(path: string): void {
  const aside = `${path}.${process.pid}.old`
  try {
    refuseWhileHeld(path, path)
    // Two that find the same dead lock must not remove each other's new one: look again, aside.
    renameSync(path, aside)
    refuseWhileHeld(aside, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  rmSync(aside, { force: true })
}

/** Puts the lock back to `home` where it turns out to be held. @throws STORE_IN_USE */
function refuseWhileHeld(path: string, home: string): void {
  const mark = readFileSync(path, 'utf8')
  const pid = Number.parseInt(mark, 10)
  if (!Number.isSafeInteger(pid) || mark !== processMark(pid)) return
  if (path !== home) renameSync(path, home)
  const message = `Process ${pid} uses this data folder. Stop it, or give another: --home DIR.`
  throw new CodedError('STORE_IN_USE', message, { details: { pid } })
}
