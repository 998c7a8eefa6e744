import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ArrivalRate } from './arrival-rate.ts'

it('tells what comes in a millisecond, and forgets it', () => {
  const rate = new ArrivalRate()
  assert.equal(rate.at(1000), 0)
  for (let ms = 1000; ms < 2000; ms += 10) rate.came(5, ms)
  const steady = rate.at(1995)
  assert.ok(steady > 0.4 && steady < 0.6, `${steady}`)
  assert.ok(rate.at(2200) < 0.02)
  const bursts = new ArrivalRate()
  bursts.came(3, 0)
  assert.equal(bursts.at(0), 3 / 50)
})
