import assert from 'node:assert/strict'
import { it } from 'node:test'
import { newApiKey } from '@openbsn/sdk'
import { checkApiKey, placeOf } from './try-operations.ts'

it('a key of the other environment is told at once', () => {
  const faults = (environment: 'live' | 'sandbox', isNeeded: boolean, ...texts: string[]) =>
    texts.map((text) => checkApiKey({ environment, isNeeded })(text)?.what)
  const [live, test] = [newApiKey('live').key, newApiKey('sandbox').key]
  const wrong = [`${live}x`, '<script>', 'שלום', '']
  const faultsOf = ['apiKey', 'apiKey', 'apiKey', 'empty']
  assert.deepEqual(faults('live', true, ` ${live} `, test, ...wrong), [
    ...[undefined, 'environment', ...faultsOf],
  ])
  assert.deepEqual(faults('sandbox', true, test, live), [undefined, 'environment'])
  assert.deepEqual(faults('live', false, ''), [undefined])
})

it('an answer about one record has a place', () => {
  assert.deepEqual(placeOf({ index: 7, height: 3, value: 1 }), { entry: 7, height: 3 })
  assert.deepEqual(placeOf({ records: [] }), {})
})
