import assert from 'node:assert/strict'
import { it } from 'node:test'
import { dateOf, formatsOf } from './formats.ts'

it('times are told in UTC, and one beyond all dates makes no page fail', () => {
  const { utc, local, relative } = formatsOf('en')
  assert.equal(utc(1_700_000_000), '2023-11-14 22:13:20 UTC')
  assert.equal(dateOf(1_700_000_000).toISOString(), '2023-11-14T22:13:20.000Z')
  // A claim of a statement can be any whole number.
  for (const seconds of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
    assert.match(utc(seconds), /^[+-]\d{6}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/)
    assert.notEqual(local(seconds), '')
    assert.notEqual(relative(seconds), '')
  }
  assert.equal(utc(Number.MAX_SAFE_INTEGER), '+275760-09-13 00:00:00 UTC')
})
