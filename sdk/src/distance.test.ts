import assert from 'node:assert/strict'
import { it } from 'node:test'
import { distanceKm } from './distance.ts'

it('distances are those of the globe, to half a percent', () => {
  const place = (latitude: number, longitude: number) => ({
    latitude: latitude * 1_000_000,
    longitude: longitude * 1_000_000,
  })
  const [berlin, tokyo] = [place(52.52, 13.405), place(35.6895, 139.6917)]
  assert.equal(distanceKm(berlin, berlin), 0)
  assert.ok(Math.abs(distanceKm(berlin, tokyo) - 8918) < 45)
  assert.equal(distanceKm(berlin, tokyo), distanceKm(tokyo, berlin))
  // Across the line where the days change, and from pole to pole.
  assert.ok(Math.abs(distanceKm(place(0, 179.5), place(0, -179.5)) - 111) < 1)
  assert.ok(Math.abs(distanceKm(place(90, 0), place(-90, 77)) - 20_015) < 1)
})
