import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBackoff } from './backoff.ts'

describe('the back-off', () => {
  it('doubles up to its limit, and begins again after a reset', () => {
    const backoff = createBackoff(100, 700)
    const take = (count: number) => Array.from({ length: count }, () => backoff.nextMs())
    assert.deepEqual(take(5), [100, 200, 400, 700, 700])
    backoff.reset()
    assert.deepEqual(take(2), [100, 200])
  })
})
