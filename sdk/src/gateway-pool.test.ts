import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createGatewayPool } from './gateway-pool.ts'

const anyOne = () => true

function pool(...urls: string[]) {
  const clock = { now: 0 }
  const made = createGatewayPool(
    urls.map((url) => ({ url })),
    { restMs: 10, nowMs: () => clock.now },
  )
  const one = (place: number) => made.gateways[place] ?? assert.fail()
  return { ...made, clock, one, next: () => made.pick(anyOne)?.gateway.url }
}

describe('gateway pool', () => {
  it('prefers the first that works, and comes back to one that rested', () => {
    const { next, failed, clock, one } = pool('a/', 'b')
    assert.equal(next(), 'a')
    failed(one(0))
    assert.equal(next(), 'b')
    clock.now = 10
    assert.equal(next(), 'a')
  })

  it('lets one that stays dead rest longer each time, up to a bound', () => {
    const { failed, one, succeeded } = pool('a')
    const rests = Array.from({ length: 7 }, () => {
      failed(one(0))
      return one(0).restsUntilMs
    })
    assert.deepEqual(rests, [10, 20, 40, 80, 160, 160, 160])
    succeeded(one(0))
    assert.deepEqual([one(0).restsUntilMs, one(0).failures], [0, 0])
  })

  it('asks the longest rested where all failed, and nobody who is not admitted', () => {
    const { pick, failed, clock, one } = pool('a', 'b')
    failed(one(1))
    clock.now = 5
    failed(one(0))
    assert.deepEqual([pick(anyOne)?.gateway.url, pick(anyOne)?.isResting], ['b', true])
    assert.equal(pick(({ url }) => url === 'a')?.gateway.url, 'a')
    assert.equal(
      pick(() => false),
      undefined,
    )
  })
})
