import assert from 'node:assert/strict'
import { it } from 'node:test'
import { changedFields } from './changed-fields.ts'

it('fields that differ are told, the counter of changes is not', () => {
  const before = { name: 'a', power: 1, gone: [1], version: 4 }
  const after = { name: 'a', power: 2, fresh: true, version: 5 }
  assert.deepEqual(changedFields(before, after), [
    { name: 'power', before: '1', after: '2' },
    { name: 'gone', before: '[1]', after: undefined },
    { name: 'fresh', before: undefined, after: 'true' },
  ])
  assert.deepEqual(changedFields(null, { id: 'x' }), [
    { name: 'id', before: undefined, after: 'x' },
  ])
  assert.deepEqual(changedFields(before, before), [])
})
