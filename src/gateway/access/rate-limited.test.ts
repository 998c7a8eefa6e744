import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rateLimited } from './rate-limited.ts'

describe('a refusal of one that comes too often', () => {
  it('names no place in the program, and later errors name theirs', () => {
    const { code, retryable, stack } = rateLimited('More than 5 requests a second.')
    assert.deepEqual([code, retryable], ['RATE_LIMITED', true])
    assert.doesNotMatch(stack ?? '', /\n/)
    assert.match(new Error('another').stack ?? '', /rate-limited\.test\.ts/)
  })
})
