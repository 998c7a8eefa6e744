import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError, isCodedError } from './errors.ts'

describe('CodedError', () => {
  it('carries code, details and cause; its details cannot change', () => {
    const cause = new TypeError('below')
    const error = new CodedError('X_FAILED', 'X failed', { cause, details: { place: 3 } })
    assert.equal(error.code, 'X_FAILED')
    assert.equal(error.cause, cause)
    assert.equal(error.retryable, false)
    assert.ok(Object.isFrozen(error.details))
    assert.deepEqual(error.details, { place: 3 })
  })

  it('is known in any copy of the package', () => {
    const copy = Object.assign(new Error('elsewhere'), { name: 'CodedError', code: 'X_FAILED' })
    assert.ok(isCodedError(new CodedError('X_FAILED', 'X failed')))
    assert.ok(isCodedError(copy))
    for (const other of [new Error('x'), { name: 'CodedError', code: 'X' }, null, 'X_FAILED']) {
      assert.ok(!isCodedError(other))
    }
  })
})
