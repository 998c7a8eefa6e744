import type {
  EventFilter,
  EventReader,
  EventSlice,
  LedgerEvent,
} from '../../frameworks/framework.ts'

export type FeedOptions = {
  /** After a block is handed out, those that follow are gathered for so long. */
  readonly gatherMs: number
  /** True where the reader alone knows what a filter means, as that of a key with two names. */
  readonly isReaderFiltering?: boolean
}

export type Wanted = {
  readonly service: string
  readonly from: number
  readonly filter: EventFilter
  readonly signal: AbortSignal
}

/**
 * Events of one ledger for many readers at once. Each goes at its own pace; those of one service
 * that wait at the head share one wake-up and one read.
 */
export interface EventFeed {
  /** The position that the next event of a service will have at least. */
  head(service: string): number
  /**
   * The next events at or after `from`, as soon as there are any; none when it is called off. One
   * that is ahead of the head waits until the head has come there: it may have read elsewhere.
   */
  next(wanted: Wanted): Promise<EventSlice>
  /** Calls off every reader. */
  close(): void
}

/** A reader that is behind holds so many events, which may be 64 KiB each. */
const behindMax = 32
/** What all readers at the head of one service hold together. */
const headMax = 256

/** @throws what the reader throws, from `next` */
export function createEventFeed(reader: EventReader, options: FeedOptions): EventFeed {
  const { gatherMs } = options
  const groups = new Map<string, Group>()
  let isClosed = false

  function groupAt(service: string, position: number): void {
    if (groups.has(service)) return
    const group = new Group(reader, { ...options, service, position })
    groups.set(service, group)
    void group.run(() => groups.delete(service))
  }

  /** What a reader has before it that those at the head have behind them. */
  async function behind({ service, from, filter, signal }: Wanted) {
    const slice = await reader.read(service, { from, limit: behindMax, ...filter })
    if (slice.events.length > 0 || signal.aborted || isClosed) return slice
    const head = reader.head(service)
    if (slice.next < head) {
      // A filter ended its search early, or the lists are behind: those are asked a little later.
      await (slice.next > from ? aTurn() : sleep(gatherMs))
      return slice
    }
    // At the head, whoever makes it: a group elsewhere would have all others wait for this reader.
    groupAt(service, head)
    return slice
  }

  return {
    head: (service) => reader.head(service),
    async next(wanted) {
      let { from } = wanted
      while (!wanted.signal.aborted && !isClosed) {
        const group = groups.get(wanted.service)
        if (group && from >= group.position) return group.join({ ...wanted, from })
        const slice = await behind({ ...wanted, from })
        if (slice.events.length > 0) return slice
        from = slice.next
      }
      return { events: [], next: from }
    },
    close() {
      isClosed = true
      for (const group of groups.values()) group.close()
    },
  }
}

type Waiter = {
  readonly wanted: Wanted
  readonly resolve: (slice: EventSlice) => void
  readonly reject: (error: unknown) => void
}

type GroupOptions = FeedOptions & { readonly service: string; readonly position: number }

/** Readers of one service that have seen everything before `position`. Ends when nobody waits. */
class Group {
  position: number
  readonly #reader: EventReader
  readonly #service: string
  readonly #gatherMs: number
  readonly #isReaderFiltering: boolean
  readonly #waiters = new Set<Waiter>()
  readonly #closing = new AbortController()

  constructor(
    reader: EventReader,
    { service, position, gatherMs, isReaderFiltering = false }: GroupOptions,
  ) {
    this.#isReaderFiltering = isReaderFiltering
    this.#reader = reader
    this.#service = service
    this.#gatherMs = gatherMs
    this.position = position
  }

  join(wanted: Wanted): Promise<EventSlice> {
    const { signal, from } = wanted
    return new Promise((resolve, reject) => {
      const done = (end: () => void) => {
        signal.removeEventListener('abort', onAbort)
        this.#waiters.delete(waiter)
        end()
      }
      const waiter: Waiter = {
        wanted,
        resolve: (slice) => done(() => resolve(slice)),
        reject: (error) => done(() => reject(error)),
      }
      const onAbort = () => waiter.resolve({ events: [], next: from })
      signal.addEventListener('abort', onAbort)
      this.#waiters.add(waiter)
    })
  }

  /** Those that were served last come back within a moment; without any the group ends. */
  async run(onEnd: () => void): Promise<void> {
    const { signal } = this.#closing
    do {
      const hasMore = await this.#pass(signal)
      // Gathering is for the head: a group that is behind it would never catch up.
      await (hasMore ? aTurn() : sleep(this.#gatherMs))
    } while (this.#waiters.size > 0 && !signal.aborted)
    // At once: who joined a group that has ended would wait for ever.
    onEnd()
  }

  /** True where it came forward and there is more at once. */
  async #pass(signal: AbortSignal): Promise<boolean> {
    try {
      const from = this.position
      await this.#reader.waitFor(this.#service, from, signal)
      if (signal.aborted) return false
      const slice = await this.#reader.read(this.#service, { from, limit: headMax })
      this.position = slice.next
      if (this.#isReaderFiltering) await this.#serveFiltered(from, slice)
      for (const waiter of [...this.#waiters]) {
        if (this.#isReaderFiltering && hasFilter(waiter)) continue
        const events = slice.events.filter((event) => isWanted(event, waiter.wanted))
        if (events.length > 0) waiter.resolve({ events, next: slice.next })
      }
      return slice.next > from && slice.next < this.#reader.head(this.#service)
    } catch (error) {
      for (const waiter of [...this.#waiters]) waiter.reject(error)
      return false
    }
  }

  /** Those with a filter: each filter is read once, and what came after `slice` is for later. */
  async #serveFiltered(from: number, slice: EventSlice): Promise<void> {
    const found = new Map<string, EventSlice>()
    for (const waiter of [...this.#waiters].filter(hasFilter)) {
      const { filter, from: wanted } = waiter.wanted
      const name = JSON.stringify([filter.key, filter.contentType])
      const read = { from, limit: headMax, ...filter }
      const own = found.get(name) ?? (await this.#reader.read(this.#service, read))
      found.set(name, own)
      const next = Math.min(own.next, slice.next)
      const isIn = ({ position }: LedgerEvent) => position >= wanted && position < next
      const events = own.events.filter(isIn)
      if (events.length > 0 || next < slice.next) waiter.resolve({ events, next })
    }
  }

  close(): void {
    this.#closing.abort()
    for (const { wanted, resolve } of [...this.#waiters]) {
      resolve({ events: [], next: wanted.from })
    }
  }
}

const hasFilter = ({ wanted: { filter } }: Waiter) =>
  filter.key !== undefined || filter.contentType !== undefined

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

function aTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function isWanted(event: LedgerEvent, { from, filter: { key, contentType } }: Wanted): boolean {
  if (event.position < from) return false
  if (key !== undefined && event.key !== key) return false
  return contentType === undefined || event.contentType === contentType
}
