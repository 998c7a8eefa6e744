import { mkdirSync, statfsSync } from 'node:fs'
import { CodedError } from '@openbsn/sdk'
import { type Database, open, type RootDatabase } from 'lmdb'

export type StoreKey = string | number | (string | number)[]
export type RangeOptions = {
  readonly start?: StoreKey
  readonly end?: StoreKey
  readonly reverse?: boolean
  readonly limit?: number
}

/** One named table of a store: bytes under a number, text, or a list of them, in that order. */
export interface Table {
  get(key: StoreKey): Buffer | undefined
  /** Inside `write` alone, as `remove`. */
  put(key: StoreKey, value: Uint8Array): void
  remove(key: StoreKey): void
  /** Pairs from `start` on (`end` exclusive); `reverse` goes down from `start`. */
  range(options: RangeOptions): Iterable<{ readonly key: StoreKey; readonly value: Buffer }>
  clear(): void
}

export type StoreOptions = {
  readonly folder: string
  /** A commit that has not ended after this long is taken for failed. */
  readonly commitTimeoutMs?: number
  /** False for data that can be rebuilt: a crash then may lose its last seconds, never its form. */
  readonly durable?: boolean
  readonly readOnly?: boolean
}

export type StoreDeps = {
  /**
   * A commit failed or hangs: memory and disk may differ, so the process must end, and by a signal:
   * `process.exit` waits for threads, one of which may wait for the disk, or for this thread.
   */
  readonly onFailure: (error: CodedError) => void
  /** Told how long each durable commit took. */
  readonly onCommit?: (seconds: number) => void
}

/** An LMDB environment. One write at a time is the caller's to keep. */
export interface Store {
  table(name: string): Table
  /**
   * Runs `change`, whose puts and removes become durable together or not at all.
   * @throws STORE_COMMIT_FAILED, after `onFailure` was told
   */
  write(change: () => void): Promise<void>
  /** Copies the store to a folder, consistent, while it is in use. */
  copyTo(folder: string): Promise<void>
  close(): Promise<void>
}

/** Opens or makes a store. @throws an lmdb error where the folder cannot be used */
export function openStore(options: StoreOptions, deps: StoreDeps): Store {
  const { folder, commitTimeoutMs = 30_000, durable = true, readOnly = false } = options
  if (!readOnly) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const root: RootDatabase = open({
    path: folder,
    maxDbs: 16,
    encoding: 'binary',
    compression: false,
    // With overlapping sync a rejected commit can be there after all, or never settle (ADR 0004).
    overlappingSync: false,
    noSync: !durable,
    noMemInit: true,
    readOnly,
  })

  async function write(change: () => void): Promise<void> {
    const started = performance.now()
    let watchdog: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`not done after ${commitTimeoutMs} ms`)
      watchdog = setTimeout(() => reject(error), commitTimeoutMs)
    })
    try {
      // As a child, because only those are undone when `change` throws half-way.
      await Promise.race([root.childTransaction(change), late])
    } catch (cause) {
      const error = commitFailed(folder, await reasonOf(cause))
      deps.onFailure(error)
      throw error
    } finally {
      clearTimeout(watchdog)
    }
    deps.onCommit?.((performance.now() - started) / 1000)
  }

  return {
    table: (name) => tableOf(root.openDB({ name, encoding: 'binary' })),
    write,
    copyTo: async (target) => {
      mkdirSync(target, { recursive: true, mode: 0o700 })
      await root.backup(target, false)
    },
    close: () => root.close(),
  }
}

function tableOf(db: Database<Buffer, StoreKey>): Table {
  return {
    get: (key) => db.get(key),
    put: (key, value) => {
      db.putSync(key, Buffer.from(value.buffer, value.byteOffset, value.byteLength))
    },
    remove: (key) => {
      db.removeSync(key)
    },
    range: (options) => db.getRange(options),
    clear: () => db.clearSync(),
  }
}

/**
 * lmdb puts what the system said into a promise of its own; unheard, that one would end the process
 * before anybody could say why.
 */
async function reasonOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error
  const asked = Promise.resolve(error.commitError).catch((reason: unknown) => reason)
  const soon = new Promise((resolve) => setImmediate(resolve, error))
  return Promise.race([asked, soon])
}

function freeMegabytes(folder: string): number | string {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return Math.floor((bavail * bsize) / 1e6)
  } catch {
    return 'unknown'
  }
}

function commitFailed(folder: string, cause: unknown): CodedError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  // lmdb says "Input/output error" of a disk that became full in the middle of a write.
  const why = `${reason}; ${freeMegabytes(folder)} MB are free there`
  const then = 'start it again when the disk is well: nothing that was acknowledged is lost.'
  const message = `Writing to ${folder} failed (${why}). The process stops now; ${then}`
  return new CodedError('STORE_COMMIT_FAILED', message, { cause })
}
