import { assert } from '../../kernel/assert.ts'

/** An entry as the commit knows it. */
export type CommittedEntry = { readonly authority: { readonly sub: string } }

type Places = Map<string, number[]>
type Waiter = { readonly position: number; readonly wake: () => void }

/** Places of so many entries are kept twice over: some minutes of a busy node, 2 MB. */
const keptEntriesDefault = 65_536

/**
 * Which entries were committed lately, by service: those who follow a service are woken by its
 * commits alone, and read what is new without asking a list on disk.
 */
export class RecordFeed {
  readonly #keptEntries: number
  /** Two generations: where the newer one is full it becomes the older one. */
  #older: Places = new Map()
  #newer: Places = new Map()
  #olderFrom: number
  #newerFrom: number
  #head: number
  /** Last entry of each service; of one that is not here, nothing was committed since the start. */
  readonly #last = new Map<string, number>()
  /** Lists, because they change with every commit (ADR 0013); one for each service, for ever. */
  readonly #waiters = new Map<string, Waiter[]>()
  readonly #start: number

  /** `size`: entries in the log when the node starts. */
  constructor(size: number, keptEntries = keptEntriesDefault) {
    this.#start = size
    this.#head = size
    this.#olderFrom = size
    this.#newerFrom = size
    this.#keptEntries = keptEntries
  }

  /** The entries of a block that is committed; every block, in order. */
  committed(first: number, entries: readonly CommittedEntry[]): void {
    assert(first === this.#head, 'the feed is told of every block')
    if (first - this.#newerFrom >= this.#keptEntries) this.#turn()
    for (const { authority } of entries) this.#note(authority.sub)
    for (const service of new Set(entries.map(({ authority }) => authority.sub))) {
      this.#wake(service)
    }
  }

  #turn(): void {
    this.#older = this.#newer
    this.#olderFrom = this.#newerFrom
    this.#newer = new Map()
    this.#newerFrom = this.#head
  }

  #note(service: string): void {
    const places = this.#newer.get(service)
    if (places) places.push(this.#head)
    else this.#newer.set(service, [this.#head])
    this.#last.set(service, this.#head)
    this.#head++
  }

  #wake(service: string): void {
    const waiters = this.#waiters.get(service)
    if (!waiters) return
    const last = this.#last.get(service) ?? -1
    for (const { position, wake } of waiters.slice()) if (position <= last) wake()
  }

  /** Indexes of a service's entries from `from` on; undefined where that is too long ago. */
  indexesFrom(service: string, from: number): number[] | undefined {
    if (from < this.#olderFrom) return undefined
    const newer = this.#newer.get(service) ?? []
    if (from >= this.#newerFrom) return tailOf(newer, from)
    return [...tailOf(this.#older.get(service) ?? [], from), ...newer]
  }

  /** As `EventReader`. */
  waitFor(service: string, position: number, signal: AbortSignal): Promise<void> {
    const last = this.#last.get(service) ?? this.#start - 1
    if (position <= last || signal.aborted) return Promise.resolve()
    const waiters = this.#waiters.get(service) ?? []
    this.#waiters.set(service, waiters)
    return new Promise((resolve) => {
      const done = () => {
        waiters.splice(waiters.indexOf(waiter), 1)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const waiter: Waiter = { position, wake: done }
      waiters.push(waiter)
      signal.addEventListener('abort', done)
    })
  }
}

/** What follows may be asked for at its end most of all. */
function tailOf(places: readonly number[], from: number): number[] {
  let start = places.length
  while (start > 0 && (places[start - 1] ?? 0) >= from) start--
  return places.slice(start)
}
