import type { DatabaseSync } from 'node:sqlite'
import { transact } from '../storage/sql.ts'

export type WriteBehindOptions = {
  readonly delayMs: number
  /** True where a power cut may take back the last minutes too: nobody waits for the disk. */
  readonly isLossy?: boolean
}
export type WriteBehindDeps = {
  readonly database: DatabaseSync
  /** Told of each try that failed; all of it is tried again. */
  readonly onError: (error: unknown) => void
}

/**
 * Changes that may be lost together when the process dies, because they are made again then: many
 * go to disk as one transaction. Under one key only the last one counts.
 */
export interface WriteBehind {
  /** False while the disk takes nothing: who would go on without it has to wait. */
  readonly isWorking: boolean
  set(key: string, change: () => void): void
  /** Writes at once what waits; false where the disk did not take it. */
  flush(): boolean
  /** Writes what waits, a last time. */
  close(): void
}

/** So long until a disk that took nothing is asked again. */
const retryMs = 1000

/** Gathers changes for `delayMs`. */
export function createWriteBehind(
  { delayMs, isLossy = false }: WriteBehindOptions,
  { database, onError }: WriteBehindDeps,
): WriteBehind {
  const changes = new Map<string, () => void>()
  let timer: NodeJS.Timeout | undefined
  let isWorking = true
  let isClosed = false

  const later = (milliseconds: number) => {
    if (!isClosed) timer ??= setTimeout(flush, milliseconds)
  }
  function writeAll(): void {
    transact(database, () => {
      for (const change of changes.values()) change()
    })
  }
  function flush(): boolean {
    clearTimeout(timer)
    timer = undefined
    if (changes.size === 0) return true
    try {
      if (isLossy) unsynced(database, writeAll)
      else writeAll()
      changes.clear()
      isWorking = true
    } catch (error) {
      isWorking = false
      onError(error)
      later(retryMs)
    }
    return isWorking
  }

  return {
    get isWorking() {
      return isWorking
    },
    set(key, change) {
      changes.set(key, change)
      later(delayMs)
    },
    flush,
    close() {
      flush()
      isClosed = true
      clearTimeout(timer)
    },
  }
}

/** What is in the journal then is as whole as ever, and on disk with whatever is written next. */
function unsynced(database: DatabaseSync, write: () => void): void {
  database.exec('PRAGMA synchronous = NORMAL')
  try {
    write()
  } finally {
    database.exec('PRAGMA synchronous = FULL')
  }
}
