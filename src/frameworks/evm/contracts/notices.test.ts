import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noticesOf } from './notices.ts'

describe('noticesOf', () => {
  it('reads what sources say to users', () => {
    const methods = { 'issue(address)': { notice: 'Gives.' }, 'a()': {}, 'b()': { notice: 7 } }
    const metadata = JSON.stringify({ output: { userdoc: { methods } } })
    assert.deepEqual([...noticesOf(metadata)], [['issue(address)', 'Gives.']])
  })

  it('reads nothing from anything else', () => {
    for (const text of ['', '{', '[]', 'null', '{"output":7}', '{"output":{"userdoc":[]}}']) {
      assert.equal(noticesOf(text).size, 0, text)
    }
  })
})
