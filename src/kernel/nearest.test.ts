import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testPrng } from '../testing/seed.ts'
import { editDistance, nearest } from './nearest.ts'

/** The definition, letter by letter: slow, and hard to get wrong. */
function distanceByDefinition(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length
  const [restA, restB] = [a.slice(1), b.slice(1)]
  if (a[0] === b[0]) return distanceByDefinition(restA, restB)
  const ways = [
    distanceByDefinition(restA, b),
    distanceByDefinition(a, restB),
    distanceByDefinition(restA, restB),
  ]
  return 1 + Math.min(...ways)
}

describe('nearest', () => {
  it('finds the name that was meant, and none where nothing is near', () => {
    const names = ['record put', 'record get', 'service create', 'status']
    assert.equal(nearest('recrod put', names), 'record put')
    assert.equal(nearest('stauts', names), 'status')
    assert.equal(nearest('service crate', names), 'service create')
    assert.equal(nearest('fly', names), undefined)
    assert.equal(nearest('', names), undefined)
  })

  it('counts edits as the definition does', () => {
    const prng = testPrng()
    const word = () => Array.from({ length: prng.int(0, 6) }, () => 'abc'[prng.int(0, 2)]).join('')
    for (let round = 0; round < 300; round++) {
      const [a, b] = [word(), word()]
      assert.equal(editDistance(a, b), distanceByDefinition(a, b), `seed ${prng.seed}: ${a} ${b}`)
    }
  })
})
