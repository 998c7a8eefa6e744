import { type CborValue, CodedError, decodeCbor, encodeCbor } from '@openbsn/sdk'
import type { CheckedStatement } from '../crypto/check-pool.ts'
import { assert } from '../kernel/assert.ts'
import type { Store, Table } from '../storage/store.ts'
import { decodeBlock, encodeBlock } from './blocks.ts'
import { emptyManifest, type Manifest } from './dedupe/dedupe-index.ts'
import type { Block, StateItem } from './ledger.ts'
import type { FullTile, TileStore } from './log/log-tree.ts'
import { decodePage, encodePage, type Page } from './state/state-page.ts'
import type { PageSource, StateChanges } from './state/state-tree.ts'
import type { StateReader } from './state/state-view.ts'

/** What an entry leaves: its bytes, and its identity record. */
export type NewEntry = Pick<CheckedStatement, 'bytes' | 'identity' | 'content' | 'iat'>

/** What one block writes; all of it becomes durable together. */
export type BlockWrite = {
  readonly block: Block
  /** The block before, with signatures that it did not have. */
  readonly before?: Block
  readonly entries: readonly NewEntry[]
  readonly tiles: readonly FullTile[]
  readonly values: StateChanges
  readonly pages: ReadonlyMap<string, Page | undefined>
  readonly manifest: Manifest
}

export type StoredEntry = { readonly height: number; readonly bytes: Uint8Array }

/** Of what this file writes. A change that older versions would misread counts it up. */
const storeFormat = 1

/** Identity, act content, and `iat` as a 64-bit number. */
export const identityRecordBytes = 72

/** No state key is longer; LMDB takes keys of up to 1,978 bytes. */
export const stateKeyLengthMax = 512

/** Entries of one chunk: few enough to read one without reading many, enough to fill pages. */
const chunkEntriesMax = 128
const chunkBytesMax = 256 * 1024

type RecentChunk = { readonly first: number; readonly count: number; readonly bytes: Buffer }

/** Chunks kept as read: at most 2 MB. */
const recentChunksMax = 8

/**
 * Where a ledger lies in its store:
 * `meta` genesis, head, manifest · `blocks` by height · `entries` and `identities` in chunks by
 * the index of their first entry · `tiles` by level and place · the state's `values` and `pages`.
 */
export class LedgerStore implements TileStore, PageSource, StateReader {
  readonly #store: Store
  readonly #meta: Table
  readonly #blocks: Table
  readonly #entries: Table
  readonly #identities: Table
  readonly #tiles: Table
  readonly #values: Table
  readonly #pages: Table
  readonly #recent: RecentChunk[] = []
  #recentBlock: Block | undefined

  constructor(store: Store) {
    this.#store = store
    this.#meta = store.table('meta')
    this.#blocks = store.table('blocks')
    this.#entries = store.table('entries')
    this.#identities = store.table('identities')
    this.#tiles = store.table('tiles')
    this.#values = store.table('values')
    this.#pages = store.table('pages')
  }

  genesis(): Uint8Array | undefined {
    return copied(this.#meta.get('genesis'))
  }

  /** @throws STORE_NEWER where a later version wrote the store */
  requireFormat(): void {
    const bytes = this.#meta.get('format')
    const format = bytes ? decodeCbor(bytes) : storeFormat
    if (typeof format === 'number' && format <= storeFormat) return
    const known = `this version knows formats up to ${storeFormat}`
    const message = `The data folder has format ${format}; ${known}. Use a newer version.`
    throw new CodedError('STORE_NEWER', message)
  }

  /** Writes genesis and the state that it makes, as height 0. */
  writeGenesis(genesis: Uint8Array, write: BlockWrite): Promise<void> {
    return this.#store.write(() => {
      this.#meta.put('format', encodeCbor(storeFormat))
      this.#meta.put('genesis', genesis)
      this.#putBlock(write)
    })
  }

  writeBlock(write: BlockWrite): Promise<void> {
    return this.#store.write(() => this.#putBlock(write))
  }

  #putBlock({ block, before, entries, tiles, values, pages, manifest }: BlockWrite): void {
    this.#blocks.put(block.height, encodeBlock(block))
    if (before) {
      this.#blocks.put(before.height, encodeBlock(before))
      this.#recentBlock = undefined
    }
    for (const chunk of chunksOf(entries, block.firstIndex)) {
      this.#entries.put(chunk.first, encodeChunk(block.height, chunk.entries))
      this.#identities.put(chunk.first, encodeIdentities(chunk.entries))
    }
    for (const { level, index, hashes } of tiles) {
      this.#tiles.put([level, index], hashes)
    }
    this.#putState(values, pages)
    this.#meta.put('head', encodeCbor(block.height))
    this.#meta.put('manifest', encodeManifest(manifest))
  }

  /** Writes state that belongs to the last block: of a ledger that is still being filled. */
  writeState(values: StateChanges, pages: BlockWrite['pages']): Promise<void> {
    return this.#store.write(() => this.#putState(values, pages))
  }

  #putState(values: StateChanges, pages: BlockWrite['pages']): void {
    for (const [key, value] of values) {
      if (value === null) this.#values.remove(key)
      else this.#values.put(key, value)
    }
    for (const [place, page] of pages) {
      if (page) this.#pages.put(pageKey(place), encodePage(page))
      else this.#pages.remove(pageKey(place))
    }
  }

  headHeight(): number | undefined {
    const bytes = this.#meta.get('head')
    return bytes && Number(decodeCbor(bytes))
  }

  manifest(): Manifest {
    const bytes = this.#meta.get('manifest')
    return bytes ? decodeManifest(bytes) : emptyManifest
  }

  block(height: number): Block | undefined {
    if (this.#recentBlock?.height === height) return this.#recentBlock
    const bytes = this.#blocks.get(height)
    const block = bytes && decodeBlock(bytes)
    this.#recentBlock = block ?? this.#recentBlock
    return block
  }

  entry(index: number): StoredEntry | undefined {
    const recent = this.#recent.find(({ first, count }) => index >= first && index < first + count)
    const chunk = recent ?? this.#readChunk(index)
    return chunk && readEntry(chunk.bytes, index - chunk.first)
  }

  /** Entries are asked for in runs, and a chunk never changes. */
  #readChunk(index: number): RecentChunk | undefined {
    for (const { key, value } of this.#entries.range({ start: index, reverse: true, limit: 1 })) {
      const chunk = { first: Number(key), count: value.readUInt32BE(8), bytes: Buffer.from(value) }
      if (index >= chunk.first + chunk.count) return undefined
      this.#recent.unshift(chunk)
      this.#recent.length = Math.min(this.#recent.length, recentChunksMax)
      return chunk
    }
    return undefined
  }

  /** Entries from `from` on, in order, read a chunk at a time. Copies. */
  *entriesFrom(from: number): Generator<StoredEntry & { readonly index: number }> {
    let first = from
    for (const { key } of this.#entries.range({ start: from, reverse: true, limit: 1 })) {
      first = Number(key)
    }
    for (const { key, value } of this.#entries.range({ start: first })) {
      const count = value.readUInt32BE(8)
      for (let place = Math.max(0, from - Number(key)); place < count; place++) {
        const entry = readEntry(value, place)
        if (entry) yield { ...entry, index: Number(key) + place }
      }
    }
  }

  /** Identity record of an entry (`identityRecordBytes`). */
  identity(index: number): Uint8Array | undefined {
    const range = this.#identities.range({ start: index, reverse: true, limit: 1 })
    for (const { key, value } of range) {
      const at = (index - Number(key)) * identityRecordBytes
      return at < value.length
        ? Uint8Array.from(value.subarray(at, at + identityRecordBytes))
        : undefined
    }
    return undefined
  }

  /** Every identity record from `from` on, in order. Views that the next step overwrites. */
  *identities(from: number): Generator<Uint8Array> {
    let first = from
    for (const { key } of this.#identities.range({ start: from, reverse: true, limit: 1 })) {
      first = Number(key)
    }
    for (const { key, value } of this.#identities.range({ start: first })) {
      const skip = Math.max(0, from - Number(key))
      for (let at = skip * identityRecordBytes; at < value.length; at += identityRecordBytes) {
        yield value.subarray(at, at + identityRecordBytes)
      }
    }
  }

  readTile(level: number, index: number): Uint8Array {
    const bytes = this.#tiles.get([level, index])
    assert(bytes !== undefined, `the full tile ${level}/${index} is stored`)
    return Uint8Array.from(bytes)
  }

  page(place: string): Page | undefined {
    const bytes = this.#pages.get(pageKey(place))
    return bytes && decodePage(bytes)
  }

  get(key: string): Uint8Array | undefined {
    // A longer one does not fit into a key of LMDB, and it throws instead of finding nothing.
    return key.length > stateKeyLengthMax ? undefined : copied(this.#values.get(key))
  }

  /** Objects under keys that begin with `prefix`, after the key `after`. Copies. */
  objects(prefix: string, after: string | undefined, limit: number): StateItem[] {
    const start = after === undefined || after < prefix ? prefix : after
    const found: StateItem[] = []
    if (start.length > stateKeyLengthMax) return found
    for (const { key, value } of this.#values.range({ start, limit: limit + 1 })) {
      if (typeof key !== 'string' || !key.startsWith(prefix) || found.length === limit) break
      if (key !== after) found.push({ key, value: Uint8Array.from(value) })
    }
    return found
  }

  /**
   * The last block's height with its whole state, in the order of the keys: of this moment, however
   * long it takes to read. Copies. It holds a transaction until it is at its end or returned from.
   */
  stateOfHead(): { readonly height: number; readonly items: Generator<StateItem> } {
    const items = itemsOf(this.#values)
    // Reads of one turn of the event loop share a transaction, which the range keeps.
    const height = this.headHeight() ?? 0
    items.next()
    return { height, items }
  }

  /** Copies the store, consistent, while it is written. */
  copyTo(folder: string): Promise<void> {
    return this.#store.copyTo(folder)
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}

/** The root's place is the empty text, which LMDB does not take as a key. */
const pageKey = (place: string) => `/${place}`

/** Begins to read when it is asked first, and then gives nothing yet. */
function* itemsOf(values: Table): Generator<StateItem> {
  let isBegun = false
  for (const { key, value } of values.range({})) {
    const item = { key: String(key), value: Uint8Array.from(value) }
    if (!isBegun) yield item
    isBegun = true
    yield item
  }
}

/** What lmdb hands out may be overwritten by its next read. */
function copied(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && new Uint8Array(bytes)
}

type Chunk = { readonly first: number; readonly entries: readonly NewEntry[] }

function* chunksOf(entries: readonly NewEntry[], firstIndex: number): Generator<Chunk> {
  let start = 0
  let bytes = 0
  for (let i = 0; i < entries.length; i++) {
    bytes += entries[i]?.bytes.length ?? 0
    const isLast = i === entries.length - 1
    if (!isLast && i - start + 1 < chunkEntriesMax && bytes < chunkBytesMax) continue
    yield { first: firstIndex + start, entries: entries.slice(start, i + 1) }
    start = i + 1
    bytes = 0
  }
}

/** Height (64 bits), count (32 bits), the end of each entry (32 bits), then the entries. */
function encodeChunk(height: number, entries: readonly NewEntry[]): Buffer {
  const headBytes = 12 + 4 * entries.length
  const total = entries.reduce((sum, { bytes }) => sum + bytes.length, headBytes)
  const out = Buffer.allocUnsafe(total)
  out.writeBigUInt64BE(BigInt(height), 0)
  out.writeUInt32BE(entries.length, 8)
  let end = headBytes
  entries.forEach(({ bytes }, i) => {
    out.set(bytes, end)
    end += bytes.length
    out.writeUInt32BE(end, 12 + 4 * i)
  })
  return out
}

function readEntry(chunk: Buffer, place: number): StoredEntry | undefined {
  const count = chunk.readUInt32BE(8)
  if (place >= count) return undefined
  const start = place === 0 ? 12 + 4 * count : chunk.readUInt32BE(8 + 4 * place)
  const bytes = Uint8Array.from(chunk.subarray(start, chunk.readUInt32BE(12 + 4 * place)))
  return { height: Number(chunk.readBigUInt64BE(0)), bytes }
}

function encodeIdentities(entries: readonly NewEntry[]): Buffer {
  const out = Buffer.allocUnsafe(entries.length * identityRecordBytes)
  entries.forEach(({ identity, content, iat }, i) => {
    const at = i * identityRecordBytes
    out.set(identity, at)
    out.set(content, at + 32)
    out.writeBigUInt64BE(BigInt(iat), at + 64)
  })
  return out
}

function encodeManifest({ flushedTo, runs }: Manifest): Uint8Array {
  return encodeCbor([flushedTo, runs.map(({ name, from, to }): CborValue => [name, from, to])])
}

function decodeManifest(bytes: Uint8Array): Manifest {
  const value = decodeCbor(bytes)
  const [flushedTo, list] = Array.isArray(value) ? value : []
  assert(typeof flushedTo === 'number' && Array.isArray(list), 'a stored manifest has two parts')
  const runs = list.map((item) => {
    const [name, from, to] = Array.isArray(item) ? item : []
    return { name: String(name), from: Number(from), to: Number(to) }
  })
  return { flushedTo, runs }
}
