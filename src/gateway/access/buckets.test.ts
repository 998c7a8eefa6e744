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
    assert.deepEqual(buckets.take('a', 3, 5).granted, 2)
    assert.deepEqual(buckets.take('a', 3).granted, 0)
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

  it('do what a list of everything that was granted says', () => {
    const prng = testPrng()
    let now = 0
    const buckets = new Buckets({ nowMs: () => now })
    const windows = new Map<string, { start: number; used: number }>()
    for (let step = 0; step < 20_000; step++) {
      now += prng.int(0, 90)
      const key = `${prng.int(0, 4)}`
      const count = prng.int(0, 4)
      let window = windows.get(key)
      if (!window || now - window.start >= 1000) window = { start: now, used: 0 }
      windows.set(key, window)
      const wanted = Math.min(count, 7 - window.used)
      window.used += wanted
      const what = `seed ${prng.seed}, step ${step}`
      assert.equal(buckets.take(key, 7, count).granted, wanted, what)
    }
  })
})
