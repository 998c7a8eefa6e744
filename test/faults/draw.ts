import assert from 'node:assert/strict'
import type { Prng } from '../../src/testing/prng.ts'

/** What is left to chance, by a seed. */
export class Draw {
  readonly prng: Prng

  constructor(prng: Prng) {
    this.prng = prng
  }

  /** One of a list. */
  pick<T>(list: readonly T[]): T {
    const one = list[this.prng.int(0, list.length - 1)]
    assert(one !== undefined, 'there is one to pick')
    return one
  }

  shuffle<T>(list: readonly T[]): T[] {
    const keyed = list.map((one) => ({ one, key: this.prng.int(0, 2 ** 31) }))
    return keyed.toSorted((a, b) => a.key - b.key).map(({ one }) => one)
  }
}
