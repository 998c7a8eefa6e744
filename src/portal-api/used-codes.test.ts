import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createUsedCodes } from './used-codes.ts'

it('a code counts once for an account, for as long as it could be good', () => {
  const clock = { now: 1000, nowSeconds: () => clock.now }
  const codes = createUsedCodes({ clock })
  assert.equal(codes.use('ann', '123456'), false)
  assert.equal(codes.use('bob', '123456'), false)
  clock.now += 119
  assert.equal(codes.use('ann', '123456'), true)
  clock.now += 120
  assert.equal(codes.use('ann', '123456'), false)
})
