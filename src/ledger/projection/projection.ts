import { isCodedError, parseStatement } from '@openbsn/sdk'
import { openStore, type Store, type StoreKey, type Table } from '../../storage/store.ts'

/** What a projection reads: the log, from an index on. */
export type ProjectionSource = {
  /** Entries that are committed. */
  size(): number
  entriesFrom(from: number): Iterable<{ readonly index: number; readonly bytes: Uint8Array }>
}

export type ProjectionOptions = { readonly folder: string }
export type ProjectionDeps = {
  readonly source: ProjectionSource
  readonly onFailure: (error: Error) => void
}

export type ProjectionFilter = {
  readonly service?: string
  readonly key?: string
  readonly fromIndex: number
  /** Exclusive. */
  readonly toIndex: number
  readonly order: 'oldest' | 'newest'
  readonly limit: number
}

/** Entries of one write: what a turn of the event loop can do without others noticing. */
const stepEntries = 500

/**
 * Lists of entries by service and by record key. Made from the log, beside consensus: deleted, it
 * is made again. Whatever it says is not proven.
 */
export class Projection {
  readonly #store: Store
  readonly #services: Table
  readonly #keys: Table
  readonly #meta: Table
  readonly #source: ProjectionSource
  #position: number
  #running: Promise<void> | undefined
  #isClosing = false

  constructor({ folder }: ProjectionOptions, { source, onFailure }: ProjectionDeps) {
    this.#store = openStore({ folder, durable: false }, { onFailure })
    this.#services = this.#store.table('services')
    this.#keys = this.#store.table('keys')
    this.#meta = this.#store.table('meta')
    this.#source = source
    const position = this.#meta.get('position')?.readDoubleBE() ?? 0
    // A folder from elsewhere, or one that outlived a restored ledger, may know too much.
    this.#position = position <= source.size() ? position : 0
  }

  /** The first index that is not in the lists yet. */
  get position(): number {
    return this.#position
  }

  /** Takes in what the log has by now. Many calls at once do it once. */
  advance(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(): Promise<void> {
    while (this.#position < this.#source.size() && !this.#isClosing) {
      await this.#step()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async #step(): Promise<void> {
    const end = Math.min(this.#source.size(), this.#position + stepEntries)
    const first = this.#position
    const services = new Map<string, number[]>()
    const keyed: StoreKey[] = []
    for (const { index, bytes } of this.#source.entriesFrom(first)) {
      if (index >= end) break
      const { sub, key } = claimsOf(bytes)
      const places = services.get(sub)
      if (places) places.push(index - first)
      else services.set(sub, [index - first])
      if (key !== undefined) keyed.push([sub, key, index])
    }
    await this.#store.write(() => {
      for (const [sub, places] of services) this.#services.put([sub, first], packed(places))
      for (const key of keyed) this.#keys.put(key, new Uint8Array(1))
      const position = Buffer.alloc(8)
      position.writeDoubleBE(end)
      this.#meta.put('position', position)
    })
    this.#position = end
  }

  /** The first `limit` indexes that match, in the order asked for. */
  async list(filter: ProjectionFilter) {
    const position = this.#position
    const toIndex = Math.min(filter.toIndex, position)
    const indexes: number[] = []
    for (const index of this.#matches({ ...filter, toIndex })) {
      if (indexes.length === filter.limit) break
      indexes.push(index)
    }
    return { indexes, position }
  }

  #matches(filter: ProjectionFilter): Iterable<number> {
    const { service, key } = filter
    if (service === undefined) return everyIndex(filter)
    if (key === undefined) return this.#ofService(service, filter)
    return this.#ofKey([service, key], filter)
  }

  *#ofService(service: string, filter: ProjectionFilter): Generator<number> {
    const { fromIndex, toIndex, order } = filter
    const first = this.#stepBefore(service, fromIndex)
    const isNewest = order === 'newest'
    const range = isNewest
      ? { start: [service, toIndex], end: [service, first - 1], reverse: true }
      : { start: [service, first], end: [service, toIndex] }
    for (const { key, value } of this.#services.range(range)) {
      const indexes = unpacked(value, Array.isArray(key) ? Number(key[1]) : 0)
      if (isNewest) indexes.reverse()
      yield* indexes.filter((index) => index >= fromIndex && index < toIndex)
    }
  }

  /** Where the step begins that has `index`, or `index` itself. */
  #stepBefore(service: string, index: number): number {
    const range = { start: [service, index], end: [service, -1], reverse: true, limit: 1 }
    for (const { key } of this.#services.range(range))
      return Array.isArray(key) ? Number(key[1]) : 0
    return index
  }

  *#ofKey(prefix: string[], { fromIndex, toIndex, order }: ProjectionFilter): Generator<number> {
    const range =
      order === 'newest'
        ? { start: [...prefix, toIndex - 1], end: [...prefix, fromIndex - 1], reverse: true }
        : { start: [...prefix, fromIndex], end: [...prefix, toIndex] }
    for (const { key } of this.#keys.range(range)) {
      if (Array.isArray(key)) yield Number(key[2])
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true
    await this.#running
    await this.#store.close()
  }
}

function* everyIndex({ fromIndex, toIndex, order }: ProjectionFilter): Generator<number> {
  if (order === 'oldest') for (let index = fromIndex; index < toIndex; index++) yield index
  else for (let index = toIndex - 1; index >= fromIndex; index--) yield index
}

function claimsOf(bytes: Uint8Array): { sub: string; key?: string } {
  try {
    const { sub, key } = parseStatement(bytes).claims
    return key === undefined ? { sub } : { sub, key }
  } catch (error) {
    // A damaged entry must not stop the lists of the others; `bsn ledger verify` names it.
    if (isCodedError(error)) return { sub: '' }
    throw error
  }
}

/** Places within a step, which are below 2^16. */
function packed(places: readonly number[]): Uint8Array {
  const out = Buffer.alloc(places.length * 2)
  places.forEach((place, i) => {
    out.writeUInt16BE(place, i * 2)
  })
  return out
}

function unpacked(bytes: Buffer, first: number): number[] {
  return Array.from({ length: bytes.length / 2 }, (_, i) => first + bytes.readUInt16BE(i * 2))
}
