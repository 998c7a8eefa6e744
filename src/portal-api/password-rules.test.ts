import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { requirePassword } from './password-rules.ts'

const isGood = (password: string, names: readonly string[] = []) => {
  try {
    requirePassword(password, names)
    return true
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'PASSWORD_REFUSED')
    return false
  }
}

describe('a new password', () => {
  it('is long, and needs no kinds of characters', () => {
    assert.equal(isGood('twelve chars'), true)
    assert.equal(isGood('eleven char'), false)
    assert.equal(isGood('密码密碼很长很长的一句话吧'), true)
    assert.equal(isGood('x y'.repeat(86)), false)
    // Characters count, not units of UTF-16: six faces are six.
    assert.equal(isGood('😀😁😂🤣😃😄'), false)
  })

  it('is none of those that are tried first', () => {
    for (const one of ['password1234', 'Password1234', 'QWERTYUIOP123', '123456789012']) {
      assert.equal(isGood(one), false, one)
    }
    for (const one of ['aaaaaaaaaaaaaa', 'abababababab', 'abcdefghijklmnop', '987654321098']) {
      assert.equal(isGood(one), false, one)
    }
    // The same letters in another width are the same password.
    assert.equal(isGood('ｐａｓｓｗｏｒｄ１２３４'), false)
  })

  it('is more than the name of whoever has it', () => {
    assert.equal(isGood('ann.example12', ['Ann', 'ann.example@bank.org']), false)
    assert.equal(isGood('ann.example and her cat', ['Ann', 'ann.example@bank.org']), true)
  })
})
