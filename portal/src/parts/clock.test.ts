import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createClock } from './clock.ts'

it('a clock that stood still while nobody listened is right again when somebody does', () => {
  let ms = 1_000_000
  const clock = createClock(() => ms)
  clock.subscribe(() => undefined)()
  assert.equal(clock.now(), 1000)
  ms += 3_600_000
  const end = clock.subscribe(() => undefined)
  assert.equal(clock.now(), 4600)
  end()
})
