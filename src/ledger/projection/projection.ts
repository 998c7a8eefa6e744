import { isCodedError, parseStatement } from '@openbsn/sdk'
import type { StoreKey, Table } from '../../storage/store.ts'
import { type FollowerOptions, LogFollower, type Step } from './log-follower.ts'

/** What a projection reads: the log, from an index on. */
export type ProjectionSource = {
  /** Entries that are committed. */
  size(): number
  entriesFrom(from: number): Iterable<{ readonly index: number; readonly bytes: Uint8Array }>
}

export type ProjectionOptions = Omit<FollowerOptions, 'writeDelayMs'>
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

/** A list asks for what was offered at once, whatever the delay. */
const writeDelayMs = 100

/**
 * Lists of entries by service and by record key. Made from the log, beside consensus: deleted, it
 * is made again. Whatever it says is not proven.
 */
export class Projection {
  readonly #log: LogFollower<ListStep>
  readonly #services: Table
  readonly #keys: Table

  constructor(options: ProjectionOptions, { source, onFailure }: ProjectionDeps) {
    this.#log = new LogFollower(
      { ...options, writeDelayMs },
      {
        size: () => source.size(),
        begin: (first) => new ListStep(first),
        read: (first, end) => readStep(source, first, end),
        put: (step, isFresh) => this.#put(step, isFresh),
        onFailure,
      },
    )
    this.#services = this.#log.table('services')
    this.#keys = this.#log.table('keys')
  }

  /** The first index that is not in the lists yet. */
  get position(): number {
    return this.#log.position
  }

  /** Entries of a block, so that they need not be read and parsed again. */
  offer(first: number, entries: readonly OfferedEntry[]): void {
    this.#log.offer(first, entries.length, (step) => {
      for (const { bytes, authority, isKeyed } of entries) {
        step.add(authority.sub, isKeyed ? claimsOf(bytes).key : undefined)
      }
    })
  }

  /** Takes in what the log has by now. Many calls at once do it once. @throws LEDGER_STOPPED */
  advance(): Promise<void> {
    return this.#log.advance()
  }

  #put({ first, services, keyed }: ListStep, isFresh: boolean): void {
    if (isFresh) for (const table of [this.#services, this.#keys]) table.clear()
    for (const [sub, places] of services) this.#services.put([sub, first], packed(places))
    for (const key of keyed) this.#keys.put(key, new Uint8Array(1))
  }

  /**
   * The first `limit` indexes that match, in the order asked for: of all there are, or none.
   * @throws LISTS_BEHIND, LEDGER_STOPPED (both retryable)
   */
  async list(filter: ProjectionFilter) {
    await this.#log.settle(filter.toIndex)
    const { position } = this
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

  close(): Promise<void> {
    return this.#log.close()
  }
}

function readStep(source: ProjectionSource, first: number, end: number): ListStep {
  const step = new ListStep(first)
  for (const { index, bytes } of source.entriesFrom(first)) {
    if (index >= end) break
    const { sub, key } = claimsOf(bytes)
    step.add(sub, key)
  }
  return step
}

/** Places within a step are numbers of 16 bits, which a follower keeps to. */
class ListStep implements Step {
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
