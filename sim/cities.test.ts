import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cities, continents, spread } from './cities.ts'
import { distanceKm } from './geography.ts'

const boxes = {
  Asia: [-9, 52, 34, 142],
  Europe: [35, 65, -23, 38],
  Africa: [-35, 38, -26, 52],
  'North America': [8, 62, -150, -60],
  'South America': [-36, 11, -80, -34],
  Oceania: [-44, 22, 115, 203],
} as const

describe('the cities', () => {
  it('are 300, each once, on six continents and on the globe', () => {
    assert.equal(cities.length, 300)
    assert.equal(new Set(cities.map(({ name }) => name)).size, 300)
    assert.equal(continents.length, 6)
    for (const { name, country, latitude, longitude } of cities) {
      assert.match(country, /^[A-Z]{2}$/, name)
      assert.ok(Math.abs(latitude) <= 70 && Math.abs(longitude) <= 180, name)
    }
  })

  it('lie where their continent is: a wrong sign would put one elsewhere', () => {
    for (const { name, continent, latitude, longitude } of cities) {
      const [south, north, west, east] = boxes[continent]
      const isAcross = longitude < 0 && east > 180 // The date line.
      const turned = isAcross ? longitude + 360 : longitude
      assert.ok(latitude > south && latitude < north, `${name} at ${latitude}`)
      assert.ok(turned > west && turned < east, `${name} at ${longitude}`)
    }
  })

  it('stand apart, and near others', () => {
    for (const city of cities) {
      const others = cities.filter((one) => one !== city)
      const km = Math.min(...others.map((one) => distanceKm(city, one)))
      assert.ok(km > 20 && (km < 2200 || city.name === 'Honolulu'), `${city.name}: ${km} km`)
    }
  })

  it('are spread evenly where fewer are wanted', () => {
    for (const count of [7, 24, 100, 300]) {
      const some = spread(cities, count)
      assert.equal(some.length, count)
      assert.equal(new Set(some).size, count)
    }
    assert.equal(new Set(spread(cities, 24).map(({ continent }) => continent)).size, 6)
  })
})
