import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Arguments } from './arguments.ts'
import { isoTime, oneOf, timeSeconds, wholeNumber } from './values.ts'

const args = (value: string | undefined): Arguments => ({
  operands: [],
  has: () => value !== undefined,
  optional: () => value,
  value: () => value ?? '',
  values: () => [],
  operand: () => '',
})
const invalid = { code: 'CLI_OPTION_INVALID' }

describe('values of options', () => {
  it('are whole numbers within bounds', () => {
    const number = (value?: string) => wholeNumber(args(value), 'n', { min: 1, max: 99 })
    assert.deepEqual([number(), number('1'), number('99')], [undefined, 1, 99])
    for (const text of ['0', '100', '-1', '1.5', '1e1', '0x1', '', ' 1', '9'.repeat(30)]) {
      assert.throws(() => number(text), invalid, text)
    }
  })

  it('are one of a few words', () => {
    assert.equal(oneOf(args('b'), 'x', ['a', 'b']), 'b')
    assert.equal(oneOf(args(undefined), 'x', ['a', 'b']), undefined)
    assert.throws(() => oneOf(args('c'), 'x', ['a', 'b']), { ...invalid, message: /a, b/ })
  })

  it('are times, in UTC where no zone is said', () => {
    const time = (value: string) => timeSeconds(args(value), 't')
    assert.equal(time('1700000000'), 1_700_000_000)
    assert.equal(time('2023-11-14'), 1_699_920_000)
    assert.equal(time('2023-11-14T22:13:20'), 1_700_000_000)
    assert.equal(time('2023-11-14T22:13:20Z'), 1_700_000_000)
    assert.equal(time('2023-11-15T06:13:20+08:00'), 1_700_000_000)
    // Block times are whole seconds: what begins within one begins with the next.
    assert.equal(time('2023-11-14T22:13:19.5Z'), 1_700_000_000)
    for (const text of ['soon', '14.11.2023', '2023-13-01', 'Tue']) {
      assert.throws(() => time(text), invalid, text)
    }
    assert.equal(isoTime(1_700_000_000), '2023-11-14T22:13:20Z')
  })
})
