import { assert } from '../src/kernel/assert.ts'

/** What happens at one moment of virtual time. A promise is awaited before the next one begins. */
export type Handler = () => unknown

type Event = { readonly atMs: number; readonly order: number; readonly handler: Handler }

export type EventQueueDeps = {
  /** Ends when everything that a handler began on threads and in promises has come to rest. */
  readonly settle: () => Promise<void>
}

/**
 * Virtual time: one event after the other, those of one moment in the order they were planned in.
 * Nothing here waits for a real clock, so that a seed replays a run.
 */
export class EventQueue {
  readonly #settle: () => Promise<void>
  /** A binary heap: the next one first. */
  readonly #heap: Event[] = []
  #nowMs = 0
  #planned = 0
  #handled = 0

  constructor({ settle }: EventQueueDeps) {
    this.#settle = settle
  }

  /** Milliseconds since the beginning of the simulation. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** Events so far. */
  get handled(): number {
    return this.#handled
  }

  /** Plans an event, `delayMs` from now. */
  after(delayMs: number, handler: Handler): void {
    assert(delayMs >= 0, 'nothing happens before now')
    this.#push({ atMs: this.#nowMs + delayMs, order: this.#planned++, handler })
  }

  /** Lets `durationMs` pass, or less where `isDone` says so after an event. */
  async run(durationMs: number, isDone: () => boolean = () => false): Promise<void> {
    const endMs = this.#nowMs + durationMs
    for (let next = this.#heap[0]; next && next.atMs <= endMs; next = this.#heap[0]) {
      this.#pop()
      this.#nowMs = next.atMs
      this.#handled++
      const work = next.handler()
      if (!(work instanceof Promise)) continue
      await work
      await this.#settle()
      if (isDone()) return
    }
    this.#nowMs = endMs
  }

  #push(event: Event): void {
    let place = this.#heap.push(event) - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = this.#heap[above]
      if (!parent || isBefore(parent, event)) break
      this.#heap[place] = parent
      place = above
    }
    this.#heap[place] = event
  }

  #pop(): void {
    const last = this.#heap.pop()
    const { length } = this.#heap
    if (!last || length === 0) return
    let place = 0
    for (;;) {
      const [left, right] = [this.#heap[2 * place + 1], this.#heap[2 * place + 2]]
      if (!left) break
      const isRight = right !== undefined && isBefore(right, left)
      const least = isRight ? right : left
      if (isBefore(last, least)) break
      this.#heap[place] = least
      place = 2 * place + (isRight ? 2 : 1)
    }
    this.#heap[place] = last
  }
}

const isBefore = (a: Event, b: Event) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
