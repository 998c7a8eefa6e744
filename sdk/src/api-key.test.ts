import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { newApiKey } from './api-key.ts'

describe('a new API key', () => {
  it('has 256 random bits behind its environment, and a hash over the whole', () => {
    const { key, hash, hint } = newApiKey('live')
    assert.match(key, /^live_[A-Za-z0-9_-]{43}$/)
    assert.deepEqual(Buffer.from(hash), createHash('sha256').update(key).digest())
    assert.equal(hint, `live_…${key.slice(-4)}`)
    assert.match(newApiKey('sandbox').key, /^test_/)
    assert.notEqual(newApiKey('live').key, key)
  })
})
