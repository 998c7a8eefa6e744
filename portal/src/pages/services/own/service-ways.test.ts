import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isStop, serviceWays } from './service-ways.ts'

it('a publisher is offered what the ledger lets pass, and types a name where it stops others', () => {
  const offered = ['draft', 'review', 'running', 'frozen', 'retired', undefined].map(serviceWays)
  assert.deepEqual(offered, [
    ['submit', 'retire'],
    ['retire'],
    ['freeze', 'retire'],
    ['unfreeze', 'retire'],
    [],
    [],
  ])
  assert.deepEqual(offered.flat().filter(isStop).length, 5)
})
