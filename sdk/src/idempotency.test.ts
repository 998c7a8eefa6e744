import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { idempotencyActId, rowActId } from './idempotency.ts'

const sha256 = (...parts: readonly (string | Uint8Array)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

describe('ids of acts', () => {
  it('are hashes of the Idempotency-Key, and of it with the row', () => {
    const id = idempotencyActId('Schlüssel 1')
    assert.deepEqual(id, sha256('idempotency-key\nSchlüssel 1'))
    assert.deepEqual(rowActId(id, 0), sha256(id, new Uint8Array(8)))
    assert.deepEqual(rowActId(id, 258), sha256(id, Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2)))
  })
})
