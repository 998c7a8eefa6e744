import { closeSync, mkdirSync, openSync, readSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '@openbsn/sdk'
import { type Database, open, type RootDatabase } from 'lmdb'
import { assert } from '../kernel/assert.ts'

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
  /** Inside `write` alone, as `remove` and `clear`; the value stays untouched until it is done. */
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
   * Runs `change`, at once, whose puts and removes become durable together, in their order, or not
   * at all. Reads see none of them before.
   * @throws STORE_COMMIT_FAILED, after `onFailure` was told
   */
  write(change: () => void): Promise<void>
  /** Copies the store to a folder, consistent, while it is in use. */
  copyTo(folder: string): Promise<void>
  close(): Promise<void>
}

/**
 * A commit is one `batch`, whose second change already starts lmdb's thread; by itself lmdb starts
 * it when this thread has answered all that waits (ADR 0004).
 */
const startAtOnce = { eventTurnBatching: false, batchStartThreshold: 1, txnStartThreshold: 1 }

/**
 * Opens or makes a store.
 * @throws STORE_DAMAGED where its file is none of LMDB; an lmdb error where it cannot be used
 */
export function openStore(options: StoreOptions, deps: StoreDeps): Store {
  const { folder, commitTimeoutMs = 30_000, durable = true, readOnly = false } = options
  requireStoreFile(join(folder, 'data.mdb'))
  if (!readOnly) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const root: RootDatabase = open({
    path: folder,
    maxDbs: 16,
    encoding: 'binary',
    compression: false,
    // With overlapping sync a rejected commit can be there after all, or never settle (ADR 0004).
    overlappingSync: false,
    ...startAtOnce,
    noSync: !durable,
    noMemInit: true,
    readOnly,
  })

  /** What the write under way has put so far. */
  let gathered: Change[] | undefined

  /** All of them before the first is handed on: a `change` that throws half-way writes nothing. */
  function changesOf(change: () => void): Change[] {
    const changes: Change[] = []
    gathered = changes
    try {
      change()
    } finally {
      gathered = undefined
    }
    return changes
  }

  function gather(change: Change): void {
    assert(gathered !== undefined, 'a store is changed inside a write')
    gathered.push(change)
  }

  /**
   * One transaction, which lmdb makes on a thread of its own: this one, which has requests to
   * answer, is not asked again until it is done.
   */
  async function commit(changes: readonly Change[]): Promise<void> {
    await root.batch(() => {
      for (const { apply } of changes) apply()
    })
  }

  async function write(change: () => void): Promise<void> {
    const started = performance.now()
    let watchdog: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`not done after ${commitTimeoutMs} ms`)
      watchdog = setTimeout(() => reject(error), commitTimeoutMs)
    })
    try {
      const changes = changesOf(change)
      requireRoom(folder, changes)
      await Promise.race([commit(changes), late])
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
    table: (name) => tableOf(root.openDB({ name, encoding: 'binary' }), gather),
    write,
    copyTo: async (target) => {
      mkdirSync(target, { recursive: true, mode: 0o700 })
      await root.backup(target, false)
    },
    close: () => root.close(),
  }
}

type Change = { readonly bytes: number; readonly apply: () => unknown }

/** The mark of LMDB (`MDB_MAGIC`), behind the head of the first page; no write changes it. */
const fileMark = Buffer.from('dec0efbe', 'hex')
const fileMarkAt = 24

/** lmdb 3.5.6 does not say that a file is none of its own: it ends the process by a bad access. */
function requireStoreFile(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return
  const mark = Buffer.alloc(fileMark.length)
  const file = openSync(path, 'r')
  try {
    readSync(file, mark, 0, mark.length, fileMarkAt)
  } finally {
    closeSync(file)
  }
  if (mark.equals(fileMark)) return
  throw new CodedError('STORE_DAMAGED', `${path} is no file of a store, or its head is lost.`)
}

const pageBytes = 4096
/** What is kept free beside a write: it also changes pages that name its own. */
const roomBytesMin = 1024 * 1024

/**
 * A full disk is found before lmdb finds it, which then overruns a text of its own and may abort
 * before anybody could say why (ADR 0004).
 */
function requireRoom(folder: string, changes: readonly Change[]): void {
  const free = freeBytes(folder)
  const pages = changes.reduce((sum, { bytes }) => sum + 2 + Math.ceil(bytes / pageBytes), 0)
  if (free === undefined || free >= roomBytesMin + pages * pageBytes) return
  throw new CodedError('STORE_COMMIT_FAILED', 'The disk is full')
}

function tableOf(db: Database<Buffer, StoreKey>, gather: (change: Change) => void): Table {
  return {
    get: (key) => db.get(key),
    put: (key, value) => {
      requireFits(key)
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      gather({ bytes: bytes.length, apply: () => db.put(key, bytes) })
    },
    remove: (key) => {
      requireFits(key)
      gather({ bytes: 0, apply: () => db.remove(key) })
    },
    range: (options) => db.getRange(options),
    clear: () => gather({ bytes: 0, apply: () => db.clearAsync() as unknown as Promise<boolean> }),
  }
}

/** Of LMDB, and what a list costs beside its texts: 9 bytes a number, 1 between parts. */
const keyBytesMax = 1978
const keyPartBytes = 10

/** lmdb throws at a longer key when others of the same write are on their way already. */
function requireFits(key: StoreKey): void {
  const parts = Array.isArray(key) ? key : [key]
  const bytes = parts.reduce<number>(
    (sum, part) => sum + keyPartBytes + (typeof part === 'string' ? Buffer.byteLength(part) : 0),
    0,
  )
  assert(bytes <= keyBytesMax, `a key of ${bytes} bytes is too long for a store`)
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

/** Undefined where the system does not say. */
function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return undefined
  }
}

function commitFailed(folder: string, cause: unknown): CodedError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  // lmdb says "Input/output error" of a disk that became full in the middle of a write.
  const free = freeBytes(folder)
  const megabytes = free === undefined ? 'unknown' : Math.floor(free / 1e6)
  const why = `${reason}; ${megabytes} MB are free there`
  const then = 'start it again when the disk is well: nothing that was acknowledged is lost.'
  const message = `Writing to ${folder} failed (${why}). The process stops now; ${then}`
  return new CodedError('STORE_COMMIT_FAILED', message, { cause })
}
