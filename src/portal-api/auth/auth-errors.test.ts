import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authError } from './auth-errors.ts'

describe('what the authentication library refuses', () => {
  it('is told by a code of ours', () => {
    const codeOf = (status: number, code: string) => authError(status, { code }).code
    assert.equal(codeOf(400, 'TOTP_ALREADY_ENABLED'), 'TOTP_EXISTS')
    assert.equal(codeOf(400, 'TOTP_NOT_ENABLED'), 'TOTP_NONE')
    assert.equal(codeOf(401, 'UNKNOWN'), 'SIGN_IN_REQUIRED')
  })

  it('is a fault of ours where nobody foresaw it, with its words for the log', () => {
    const error = authError(500, { code: 'constructor', message: 'x' })
    assert.equal(error.code, 'PORTAL_FAULT')
    assert.match(error.message, /500 constructor x/)
    assert.equal(authError(400, undefined).code, 'PORTAL_FAULT')
  })
})
