import assert from 'node:assert/strict'
import { it } from 'node:test'
import { checkMethod, checkParams, examples, paramsIn } from './rpc-examples.ts'

it('examples of calls are calls, and what is none is told', () => {
  for (const { method, params } of examples) {
    assert.equal(checkMethod(method) ?? checkParams(params), undefined, method)
  }
  assert.deepEqual(paramsIn(' ["a", 1] '), ['a', 1])
  for (const text of ['{}', '"a"', '[', 'null']) assert.equal(checkParams(text)?.what, 'like')
  assert.equal(checkParams(' ')?.what, 'empty')
  for (const text of ['eth call', '<b>', 'a'.repeat(101)]) {
    assert.equal(checkMethod(text)?.what, 'like')
  }
})
