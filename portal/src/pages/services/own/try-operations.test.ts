import assert from 'node:assert/strict'
import { it } from 'node:test'
import { placeOf } from './try-operations.ts'

it('an answer about one record has a place', () => {
  assert.deepEqual(placeOf({ index: 7, height: 3, value: 1 }), { entry: 7, height: 3 })
  assert.deepEqual(placeOf({ records: [] }), {})
})
