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

/** An entry as the commit knows it. */
export type OfferedEntry = {
  readonly bytes: Uint8Array
  readonly authority: { readonly sub: string }
  readonly isKeyed: boolean
}

/** Entries of one write: what a turn of the event loop can do without others noticing. */
const stepEntries = 500
/** Offered entries are written so often, or so many together; a list asks for them at once. */
const writeDelayMs = 100
const offeredEntriesMax = 20_000
/** Places within a step are numbers of 16 bits; what does not fit is read from the log. */
const stepEntriesMax = 2 ** 16

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
  /** End of what is in the lists or on its way there. */
  #next: number
  /** What was offered and is not on its way yet: begins at `#next`. */
  #offered: Step | undefined
  #timer: NodeJS.Timeout | undefined
  #isStale: boolean
  #running: Promise<void> | undefined
  #isClosing = false

  constructor({ folder }: ProjectionOptions, { source, onFailure }: ProjectionDeps) {
    this.#store = openStore({ folder }, { onFailure })
    this.#services = this.#store.table('services')
    this.#keys = this.#store.table('keys')
    this.#meta = this.#store.table('meta')
    this.#source = source
    const position = this.#meta.get('position')?.readDoubleBE() ?? 0
    // Lists that outlived a ledger that was brought back may know too much: they begin anew.
    this.#isStale = position > source.size()
    this.#position = this.#isStale ? 0 : position
    this.#next = this.#position
  }

  /** The first index that is not in the lists yet. */
  get position(): number {
    return this.#position
  }

  /**
   * Entries of a block, so that they need not be read and parsed again. Taken where they come
   * next; else the log is read.
   */
  offer(first: number, entries: readonly OfferedEntry[]): void {
    if (this.#next === first) this.#offered ??= new Step(first)
    const step = this.#offered
    const fits = step?.end === first && first + entries.length - step.first <= stepEntriesMax
    if (fits) {
      for (const { bytes, authority, isKeyed } of entries) {
        step.add(authority.sub, isKeyed ? claimsOf(bytes).key : undefined)
      }
    }
    if (!fits || step.end - step.first > offeredEntriesMax) this.#advanceSoon()
    else this.#advanceLater()
  }

  #advanceLater(): void {
    this.#timer ??= setTimeout(() => this.#advanceSoon(), writeDelayMs)
  }

  /** Without waiting: a failure has been told by the store. */
  #advanceSoon(): void {
    this.advance().catch(() => undefined)
  }

  /** Takes in what the log has by now. Many calls at once do it once. */
  advance(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(): Promise<void> {
    while (this.#position < this.#source.size() && !this.#isClosing) {
      const step = this.#offered ?? this.#readStep()
      this.#offered = undefined
      this.#next = step.end
      await this.#write(step)
      // What was offered meanwhile has its own time.
      if (this.#offered) return this.#advanceLater()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #readStep(): Step {
    const step = new Step(this.#position)
    const end = Math.min(this.#source.size(), this.#position + stepEntries)
    for (const { index, bytes } of this.#source.entriesFrom(this.#position)) {
      if (index >= end) break
      const { sub, key } = claimsOf(bytes)
      step.add(sub, key)
    }
    return step
  }

  async #write({ first, end, services, keyed }: Step): Promise<void> {
    await this.#store.write(() => {
      if (this.#isStale) for (const table of [this.#services, this.#keys]) table.clear()
      for (const [sub, places] of services) this.#services.put([sub, first], packed(places))
      for (const key of keyed) this.#keys.put(key, new Uint8Array(1))
      const position = Buffer.alloc(8)
      position.writeDoubleBE(end)
      this.#meta.put('position', position)
    })
    this.#isStale = false
    this.#position = end
  }

  /** Whether nothing but what was offered, or is being written, is missing up to `size`. */
  #isAlmostAt(size: number): boolean {
    if (this.#offered && this.#offered.first < size) return true
    return this.#position < size && this.#next >= size
  }

  /** The first `limit` indexes that match, in the order asked for. */
  async list(filter: ProjectionFilter) {
    const size = this.#source.size()
    while (this.#isAlmostAt(size) && !this.#isClosing) await this.advance()
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
    clearTimeout(this.#timer)
    this.#isClosing = true
    await this.#running?.catch(() => undefined)
    await this.#store.close()
  }
}

/** Consecutive entries on their way into the lists: fewer than 2^16. */
class Step {
  readonly first: number
  end: number
  readonly services = new Map<string, number[]>()
  readonly keyed: StoreKey[] = []

  constructor(first: number) {
    this.first = first
    this.end = first
  }

  add(sub: string, key: string | undefined): void {
    const place = this.end - this.first
    const places = this.services.get(sub)
    if (places) places.push(place)
    else this.services.set(sub, [place])
    if (key !== undefined) this.keyed.push([sub, key, this.end])
    this.end++
  }
}

function* everyIndex({ fromIndex, toIndex, order }: ProjectionFilter): Generator<number> {
  if (order === 'oldest') for (let index = fromIndex; index < toIndex; index++) yield index
  else for (let index = toIndex - 1; index >= fromIndex; index--) yield index
}

function claimsOf(bytes: Uint8Array): { readonly sub: string; readonly key?: string } {
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
