import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Prng } from '../../../testing/prng.ts'
import { testPrng } from '../../../testing/seed.ts'
import { Flights } from './flights.ts'

describe('nonces under way', () => {
  it('are taken in order, and a free one first of all', () => {
    const flights = new Flights<string>()
    flights.restart(5)
    assert.deepEqual(
      ['a', 'b', 'c'].map((one) => flights.hold(one)),
      [5, 6, 7],
    )
    assert.equal(flights.hasGap(), false)
    assert.equal(flights.release(6), 'b')
    assert.equal(flights.hasGap(), true)
    assert.equal(flights.hold('d'), 6)
    assert.equal(flights.hold('e'), 8)
    assert.deepEqual(
      flights.all().map(({ nonce, item }) => `${nonce}${item}`),
      ['5a', '6d', '7c', '8e'],
    )
  })

  it('pass by those that somebody else has', () => {
    const flights = new Flights<string>()
    flights.restart(5)
    flights.hold('a')
    flights.giveAway(flights.hold('b'))
    assert.equal(flights.hold('c'), 7)
    assert.equal(flights.hasGap(), false)
    flights.restart(5)
    assert.equal(flights.hold('d'), 6)
  })

  it('are what a list of them all says', () => {
    const prng = testPrng()
    for (let round = 0; round < 200; round++) {
      const both = new Compared(prng.int(0, 5))
      for (let step = 0; step < 60; step++) {
        both.step(prng, `seed ${prng.seed}, round ${round}, step ${step}`)
      }
    }
  })
})

/** Flights beside a list of what each nonce is; one that is free is missing there. */
class Compared {
  readonly #flights = new Flights<string>()
  readonly #model = new Map<number, 'used' | 'held' | 'foreign'>()
  #first: number

  constructor(first: number) {
    this.#first = first
    this.#flights.restart(first)
  }

  step(prng: Prng, said: string): void {
    const held = this.#held()
    const some = held[prng.int(0, held.length - 1)]
    const what = prng.int(0, 5)
    if (what <= 2 || some === undefined) {
      assert.equal(this.#flights.hold(said), this.#free(), said)
      this.#model.set(this.#free(), 'held')
    } else if (what === 3) {
      this.#flights.release(some)
      this.#model.delete(some)
    } else if (what === 4) {
      this.#flights.giveAway(some)
      this.#model.set(some, 'foreign')
    } else {
      this.#flights.settle(some)
      this.#model.set(some, 'used')
      // A block has it, so that blocks have all before it too.
      this.#first = Math.max(this.#first, some + 1)
    }
    assert.equal(this.#flights.size, this.#held().length, said)
    assert.equal(this.#flights.hasGap(), Math.max(-1, ...this.#held()) > this.#free(), said)
  }

  #held(): number[] {
    return [...this.#model].flatMap(([nonce, what]) => (what === 'held' ? [nonce] : []))
  }

  #free(): number {
    let nonce = this.#first
    while (this.#model.has(nonce)) nonce++
    return nonce
  }
}
