import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '@openbsn/sdk'
import { type Key, open } from 'lmdb'
import { decode } from './cbor.ts'
import { wrong } from './finding.ts'

/** One table as it was when the snapshot was taken. Values are copies. */
export type Table = {
  get(key: Key): Buffer | undefined
  keys(): Iterable<Key>
  /** The greatest key. */
  last(): Key | undefined
  entries(): Iterable<{ readonly key: Key; readonly value: Buffer }>
}

/** A file of the index of identities; `file` is undefined where it is missing. */
export type RunOnDisk = {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly file: RunReader | undefined
}

/** Reads one run: `size` bytes in all. */
export type RunReader = { readonly size: number; read(at: number, length: number): Buffer }

/** Everything that is stored of a ledger, at one moment. */
export type Snapshot = {
  readonly meta: Table
  readonly blocks: Table
  readonly entries: Table
  readonly identities: Table
  readonly tiles: Table
  readonly values: Table
  readonly pages: Table
  /** Undefined where what the store says about the runs cannot be read. */
  readonly runs: { readonly flushedTo: number; readonly list: readonly RunOnDisk[] } | undefined
  close(): Promise<void>
}

const triesMax = 5

/**
 * Takes a snapshot of the ledger in `folder`, which a running node may be writing: one read
 * transaction of LMDB, held until `close`. Meanwhile the node goes on; pages that it frees are not
 * used again before that, so the file grows by what is overwritten.
 * @throws VERIFY_NO_LEDGER, VERIFY_GENESIS_WRONG where the store is no file of LMDB
 */
export async function takeSnapshot(folder: string): Promise<Snapshot> {
  const path = join(folder, 'store')
  if (!existsSync(join(path, 'data.mdb'))) {
    throw new CodedError('VERIFY_NO_LEDGER', `There is no ledger in ${folder}.`)
  }
  if (!hasMark(join(path, 'data.mdb'))) {
    throw wrong('genesis', 'store', 'data.mdb is no file of a store, or its head is lost')
  }
  for (let tries = 1; ; tries++) {
    const snapshot = openSnapshot(path, join(folder, 'dedupe'))
    // A node that merges runs deletes the old ones: then the next snapshot names the new one.
    const isWhole = snapshot.runs?.list.every(({ file }) => file !== undefined) ?? true
    if (isWhole || tries === triesMax) return snapshot
    await snapshot.close()
  }
}

/** LMDB's mark in the first page. Without it lmdb ends the process, and nothing would be named. */
function hasMark(path: string): boolean {
  const head = Buffer.alloc(28)
  const file = openSync(path, 'r')
  readSync(file, head, 0, head.length, 0)
  closeSync(file)
  return head.readUInt32LE(24) === 0xbeefc0de
}

function openSnapshot(path: string, runsFolder: string): Snapshot {
  const root = open({ path, maxDbs: 16, encoding: 'binary', readOnly: true })
  const names = ['meta', 'blocks', 'entries', 'identities', 'tiles', 'values', 'pages'] as const
  const dbs = names.map((name) => root.openDB<Buffer, Key>({ name, encoding: 'binary' }))
  const transaction = root.useReadTransaction()

  function table(name: (typeof names)[number]): Table {
    const db = dbs[names.indexOf(name)]
    return {
      get: (key) => copied(db?.get(key, { transaction })),
      keys: () => db?.getKeys({ transaction }) ?? [],
      last: () => [...(db?.getKeys({ transaction, reverse: true, limit: 1 }) ?? [])][0],
      entries: () => db?.getRange({ transaction }) ?? [],
    }
  }

  const meta = table('meta')
  const runs = openRuns(meta.get('manifest'), runsFolder)
  return {
    meta,
    blocks: table('blocks'),
    entries: table('entries'),
    identities: table('identities'),
    tiles: table('tiles'),
    values: table('values'),
    pages: table('pages'),
    runs: runs && { flushedTo: runs.flushedTo, list: runs.list },
    close: async () => {
      runs?.close()
      transaction.done()
      await root.close()
    },
  }
}

/** What lmdb hands out may be overwritten by its next read. */
function copied(value: Buffer | undefined): Buffer | undefined {
  return value && Buffer.from(value)
}

/** [flushedTo, [[name, from, to], …]] */
function openRuns(manifest: Buffer | undefined, folder: string) {
  const parts = manifest && readManifest(manifest)
  if (!parts) return undefined
  const files: number[] = []
  const list = parts.runs.map((run): RunOnDisk => {
    const file = openRun(join(folder, run.name))
    if (file !== undefined) files.push(file)
    return { ...run, file: file === undefined ? undefined : readerOf(file) }
  })
  return {
    flushedTo: parts.flushedTo,
    list,
    close: () => {
      for (const file of files) closeSync(file)
    },
  }
}

function readManifest(bytes: Buffer) {
  try {
    const item = decode(bytes)
    const [flushedTo, list, ...rest] = Array.isArray(item) ? item : []
    if (typeof flushedTo !== 'number' || !Array.isArray(list) || rest.length > 0) return undefined
    const runs: Pick<RunOnDisk, 'name' | 'from' | 'to'>[] = []
    for (const run of list) {
      const [name, from, to, ...more] = Array.isArray(run) ? run : []
      if (typeof name !== 'string' || !/^\d+\.run$/.test(name) || more.length > 0) return undefined
      if (typeof from !== 'number' || typeof to !== 'number') return undefined
      runs.push({ name, from, to })
    }
    return { flushedTo, runs }
  } catch {
    return undefined
  }
}

function openRun(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch {
    return undefined
  }
}

function readerOf(file: number): RunReader {
  return {
    size: fstatSync(file).size,
    read: (at, length) => {
      const out = Buffer.alloc(length)
      return out.subarray(0, readSync(file, out, 0, length, at))
    },
  }
}
