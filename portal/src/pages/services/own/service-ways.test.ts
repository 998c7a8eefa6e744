import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isStop, serviceWays } from './service-ways.ts'

it('a publisher is offered what the ledger lets pass, and types a name to stop others', () => {
  const offered = ['draft', 'review', 'running', 'frozen', 'retired', undefined].map(serviceWays)
  assert.deepEqual(offered, [
    ['submit', 'retire'],
    ['retire'],
    ['freeze', 'retire'],
    ['unfreeze', 'retire'],
    [],
    [],
  ])
  const stops = offered.flatMap((ways) => ways.filter(isStop))
  assert.deepEqual(stops, ['retire', 'retire', 'freeze', 'retire', 'retire'])
})
