import { assert } from '../../../kernel/assert.ts'

/**
 * Which nonces of one account are taken, and by what. Nothing is remembered of what the chain says
 * itself: a nonce is free where the chain has nothing for it and nothing of ours is under way.
 */
export class Flights<T> {
  readonly #held = new Map<number, T>()
  /** Of others, at or above `#pending`: they wait in the chain. */
  readonly #foreign = new Set<number>()
  #pending = 0

  get size(): number {
    return this.#held.size
  }

  /** By nonce, lowest first. */
  all(): { readonly nonce: number; readonly item: T }[] {
    const entries = [...this.#held].map(([nonce, item]) => ({ nonce, item }))
    return entries.toSorted((a, b) => a.nonce - b.nonce)
  }

  /** The chain has transactions for all nonces below this one: it never goes back … */
  advance(pending: number): void {
    this.#pending = Math.max(this.#pending, pending)
    for (const nonce of this.#foreign) if (nonce < this.#pending) this.#foreign.delete(nonce)
  }

  /** … but where the chain itself went back, or nothing of ours is under way unseen. */
  restart(pending: number): void {
    this.#pending = pending
    this.#foreign.clear()
  }

  /** Takes the lowest nonce that is free, so that what comes later never waits for a gap. */
  hold(item: T): number {
    const nonce = this.#lowestFree()
    this.#held.set(nonce, item)
    return nonce
  }

  /** It was not sent, or is gone: the nonce is free. */
  release(nonce: number): T {
    const item = this.#held.get(nonce)
    assert(item !== undefined, 'only a nonce that is held is released')
    this.#held.delete(nonce)
    return item
  }

  /** In a block: the chain has something for it from now on. */
  settle(nonce: number): void {
    this.release(nonce)
    this.advance(nonce + 1)
  }

  /** Another transaction has this nonce. */
  giveAway(nonce: number): void {
    this.release(nonce)
    this.#foreign.add(nonce)
  }

  /** True where one of ours waits for a nonce below it that nothing has. */
  hasGap(): boolean {
    const free = this.#lowestFree()
    for (const nonce of this.#held.keys()) if (nonce > free) return true
    return false
  }

  #lowestFree(): number {
    let nonce = this.#pending
    while (this.#held.has(nonce) || this.#foreign.has(nonce)) nonce++
    return nonce
  }
}
