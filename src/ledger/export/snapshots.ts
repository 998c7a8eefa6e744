import { readdirSync, rmSync } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { CodedError, ledgerIdOf } from '@openbsn/sdk'
import { openStore } from '../../storage/store.ts'
import { sizeAfter } from '../blocks.ts'
import type { Block, StateItem } from '../ledger.ts'
import { storeFolder } from '../ledger-application.ts'
import { LedgerStore } from '../ledger-store.ts'
import { encodeExportedBlock } from './export-format.ts'
import { damagedStore, statementsOf } from './export-ledger.ts'
import { framed, ItemWriter } from './item-file.ts'
import { encodeObjects, encodeSnapshotHeader } from './snapshot-format.ts'

export type SnapshotsOptions = {
  /** The ledger's folder; a node runs on it. */
  readonly ledger: string
  /** A folder for the state of the latest snapshot. */
  readonly folder: string
}

export type SnapshotsDeps = {
  /** The key bundle of the validators as of now. */
  readonly keyBundle: () => Uint8Array
}

/** Snapshots of a ledger for whoever joins: the log is read where it lies, the state is kept. */
export interface Snapshots {
  /**
   * The bytes of the latest snapshot, read as they are taken; a new one where that is far behind.
   * @throws SNAPSHOT_UNAVAILABLE (retryable), STORE_DAMAGED
   */
  open(): Promise<Readable>
}

/** The state of one block in a file, as the items that end a snapshot. */
type Kept = {
  readonly file: string
  readonly height: number
  readonly entries: number
  readonly objects: number
}

/** What a joiner would have to execute beyond a snapshot before it is taken anew. */
const [behindBlocksMax, behindEntriesMax] = [500, 20_000]

/** Of one item of the state, and of what is written to a reader at once. */
const [itemBytesMin, pieceBytesMin] = [64 * 1024, 256 * 1024]

const [triesMax, tryDelayMs] = [10, 300]

export function createSnapshots(options: SnapshotsOptions, deps: SnapshotsDeps): Snapshots {
  let kept: Kept | undefined
  let making: Promise<Kept> | undefined

  async function latest(): Promise<Kept> {
    if (kept && isNear(kept, headOf(options.ledger))) return kept
    for (let tries = 1; ; tries++) {
      const made = await keepState(options)
      if (made) return made
      if (tries === triesMax) throw unavailable()
      await delay(tryDelayMs)
    }
  }

  return {
    open: async () => {
      making ??= latest().finally(() => {
        making = undefined
      })
      kept = await making
      // Opened before somebody else lets the file be replaced.
      const state = await open(kept.file)
      const pieces = inPieces(partsOf(kept, state, options, deps))
      const stream = Readable.from(pieces, { objectMode: false, highWaterMark: pieceBytesMin })
      // Here, because what was never read does not come to its own end.
      return stream.once('close', () => void state.close())
    },
  }
}

const isNear = ({ height, entries }: Kept, head: Block) =>
  head.height - height < behindBlocksMax && sizeAfter(head) - entries < behindEntriesMax

function unavailable(): CodedError {
  const message = 'The last block is not signed yet: there is nothing to be proven by it.'
  return new CodedError('SNAPSHOT_UNAVAILABLE', message, { retryable: true })
}

function openLedgerStore(ledger: string): LedgerStore {
  const folder = join(ledger, storeFolder)
  return new LedgerStore(openStore({ folder, readOnly: true }, { onFailure: () => {} }))
}

function headOf(ledger: string): Block {
  const store = openLedgerStore(ledger)
  try {
    return blockAt(store, store.headHeight() ?? -1)
  } finally {
    void store.close()
  }
}

function blockAt(store: LedgerStore, height: number): Block {
  const block = store.block(height)
  if (block) return block
  throw damagedStore(`block ${height} is missing`)
}

/** Undefined where the last block is not final yet. It is read in turns: commits go on beside. */
async function keepState({ ledger, folder }: SnapshotsOptions): Promise<Kept | undefined> {
  const store = openLedgerStore(ledger)
  const { height, items } = store.stateOfHead()
  try {
    const block = blockAt(store, height)
    if (block.signatures.length === 0) return undefined
    const file = join(folder, `state-${height}.bsn`)
    const objects = await writeState(items, `${file}.new`)
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      if (/^state-\d+\.bsn/.test(name) && path !== `${file}.new`) rmSync(path)
    }
    await rename(`${file}.new`, file)
    return { file, height, entries: sizeAfter(block), objects }
  } finally {
    items.return(undefined)
    await store.close()
  }
}

async function writeState(items: Iterable<StateItem>, path: string): Promise<number> {
  const writer = await ItemWriter.create(path)
  let objects = 0
  let [waiting, bytes]: [StateItem[], number] = [[], 0]
  try {
    for (const item of items) {
      objects++
      waiting.push(item)
      bytes += item.key.length + item.value.length
      if (bytes < itemBytesMin) continue
      await writer.add(encodeObjects(waiting))
      waiting = []
      bytes = 0
      await nextTurn()
    }
    if (waiting.length > 0) await writer.add(encodeObjects(waiting))
    await writer.finish()
    return objects
  } catch (error) {
    await writer.abandon()
    throw error
  }
}

async function* partsOf(
  { height, entries, objects }: Kept,
  state: FileHandle,
  { ledger: folder }: SnapshotsOptions,
  { keyBundle }: SnapshotsDeps,
): AsyncGenerator<Uint8Array> {
  const store = openLedgerStore(folder)
  try {
    const genesis = store.genesis()
    if (!genesis) throw damagedStore('genesis is missing')
    const ledger = ledgerIdOf(genesis)
    const numbers = { height, entries, objects }
    yield* framed(encodeSnapshotHeader({ ledger, genesis, keys: keyBundle(), ...numbers }))
    for (let at = 1; at <= height; at++) {
      const block = blockAt(store, at)
      yield* framed(encodeExportedBlock({ ...block, statements: statementsOf(store, block) }))
    }
    yield* state.createReadStream({ autoClose: false })
  } finally {
    await store.close()
  }
}

async function* inPieces(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let [waiting, bytes]: [Uint8Array[], number] = [[], 0]
  for await (const part of parts) {
    waiting.push(part)
    bytes += part.length
    if (bytes < pieceBytesMin) continue
    yield Buffer.concat(waiting)
    waiting = []
    bytes = 0
    // A reader on the same machine is never slower: others want their turn too.
    await nextTurn()
  }
  if (bytes > 0) yield Buffer.concat(waiting)
}
