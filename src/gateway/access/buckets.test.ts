import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testPrng } from '../../testing/seed.ts'
import { Buckets } from './buckets.ts'

describe('buckets', () => {
  it('give no more than the limit until a second after the first was taken', () => {
    let now = 5
    const buckets = new Buckets({ nowMs: () => now })
    assert.deepEqual(buckets.take('a', 3, 0), {
      granted: 0,
      limit: 3,
      remaining: 3,
      resetSeconds: 0,
    })
    const first = buckets.take('a', 3)
    assert.deepEqual(first, { granted: 1, limit: 3, remaining: 2, resetSeconds: 1 })
    now = 1004
    assert.deepEqual(buckets.take('a', 3, 2).granted, 2)
    assert.deepEqual(buckets.take('a', 3, 0).remaining, 0)
    assert.deepEqual(buckets.take('b', 3).granted, 1)
    now = 1005
    assert.deepEqual(buckets.take('a', 3).remaining, 2)
  })

  it('follow a limit that changes', () => {
    const buckets = new Buckets({ nowMs: () => 0 })
    assert.equal(buckets.take('a', 10, 8).remaining, 2)
    assert.deepEqual(buckets.take('a', 5), { granted: 0, limit: 5, remaining: 0, resetSeconds: 1 })
    assert.equal(buckets.take('a', 12, 8).granted, 4)
  })

  it('hold all at once again for one who waited', () => {
    let now = 0
    const buckets = new Buckets({ nowMs: () => now })
    assert.equal(buckets.take('a', 100, 500).granted, 100)
    now = 1000
    assert.equal(buckets.take('a', 100, 400).granted, 100)
  })

  it('give bit by bit to one who kept asking, in no second more than the limit', () => {
    let now = 0
    const buckets = new Buckets({ nowMs: () => now })
    const granted: number[] = []
    for (; now < 4000; now++) granted.push(buckets.take('a', 100).granted)
    const sums = Array.from({ length: 40 }, (_, i) => sum(granted.slice(i * 100, (i + 1) * 100)))
    const paced = new Array<number>(30).fill(10)
    assert.deepEqual(sums.slice(0, 10), [100, ...new Array<number>(9).fill(0)])
    assert.deepEqual(sums.slice(10), paced)
  })

  it('do what a list of everything that was granted says', () => {
    const prng = testPrng()
    let now = 0
    const buckets = new Buckets({ nowMs: () => now })
    const windows = new Map<string, Window>()
    for (let step = 0; step < 20_000; step++) {
      now += prng.int(0, 90)
      const key = `${prng.int(0, 4)}`
      const count = prng.int(0, 4)
      let window = windows.get(key)
      if (!window || now - window.start >= 1000) {
        const isPaced = now - (window?.refused ?? Number.NEGATIVE_INFINITY) < 250
        window = { start: now, granted: [], refused: window?.refused, isPaced }
      }
      windows.set(key, window)
      const free = window.isPaced ? Math.min(7, Math.floor(1 + 0.007 * (now - window.start))) : 7
      const wanted = Math.min(count, free - sum(window.granted))
      window.granted.push(wanted)
      if (wanted < count) window.refused = now
      const what = `seed ${prng.seed}, step ${step}`
      assert.equal(buckets.take(key, 7, count).granted, wanted, what)
    }
  })
})

type Window = {
  readonly start: number
  readonly granted: number[]
  refused: number | undefined
  readonly isPaced: boolean
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)
