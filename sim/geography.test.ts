import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { distanceKm, fibreMs, nearestFirst } from './geography.ts'

const london = { latitude: 51.507, longitude: -0.128 }
const paris = { latitude: 48.857, longitude: 2.352 }
const newYork = { latitude: 40.713, longitude: -74.006 }
const suva = { latitude: -18.142, longitude: 178.442 }
const apia = { latitude: -13.833, longitude: -171.767 }

describe('distances', () => {
  it('are those of an atlas, across the date line too', () => {
    const isNear = (km: number, expected: number) => Math.abs(km - expected) < expected * 0.01
    assert.ok(isNear(distanceKm(london, paris), 344))
    assert.ok(isNear(distanceKm(london, newYork), 5570))
    assert.ok(isNear(distanceKm(suva, apia), 1145))
    assert.equal(distanceKm(london, london), 0)
  })

  it('take light in fibre about 5 ms for 1000 km', () => {
    assert.ok(Math.abs(fibreMs(1000) - 5) < 0.01)
  })

  it('say who is nearest', () => {
    assert.deepEqual(nearestFirst(london, [suva, newYork, paris]), [paris, newYork, suva])
  })
})
