import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createGatewayPool, type PoolOptions } from './gateway-pool.ts'

const anyOne = () => true

function pool(...urls: string[]) {
  return poolOf({ prefer: 'first' }, ...urls)
}

function poolOf(more: Pick<PoolOptions, 'prefer' | 'near'>, ...urls: string[]) {
  const clock = { now: 0 }
  const made = createGatewayPool(
    urls.map((url) => ({ url })),
    { restMs: 10, probeMs: 1000, nowMs: () => clock.now, ...more },
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

describe('the nearest gateway', () => {
  it('is asked, and left only for one that is much nearer', () => {
    const { next, measured, one } = poolOf({ prefer: 'nearest' }, 'a', 'b', 'c')
    assert.equal(next(), 'a', 'nothing is measured yet')
    measured(one(1), 40)
    assert.equal(next(), 'b')
    measured(one(2), 30)
    assert.equal(next(), 'b')
    measured(one(0), 10)
    assert.equal(next(), 'a')
  })

  it('is guessed by its place until it is measured', () => {
    const near = { latitude: 52_520_000, longitude: 13_405_000 }
    const { add, next, measured, gateways } = poolOf({ prefer: 'nearest', near }, 'unplaced')
    add([{ url: 'lima', place: { latitude: -12_046_000, longitude: -77_043_000 } }])
    add([{ url: 'paris/', place: { latitude: 48_857_000, longitude: 2_352_000 } }])
    add([{ url: 'paris', place: { latitude: 0, longitude: 0 } }])
    assert.equal(gateways.length, 3, 'the same one is taken once')
    assert.equal(next(), 'paris')
    for (const one of gateways) measured(one, one.url === 'lima' ? 5 : 300)
    assert.equal(next(), 'lima')
  })

  it('comes back by a probe where others work, and one that lied comes last', () => {
    const { next, failed, succeeded, clock, one, due } = poolOf({ prefer: 'nearest' }, 'a', 'b')
    assert.deepEqual(due(), [one(0), one(1)])
    for (const gateway of due()) gateway.probedAtMs = 0
    failed(one(0))
    assert.deepEqual(due(), [])
    clock.now = 500
    assert.deepEqual([next(), due()], ['b', [one(0)]], 'it rested, and nobody knows how it is')
    succeeded(one(0))
    clock.now = 1000
    assert.deepEqual(due(), [one(0), one(1)])
    one(0).lied = true
    failed(one(1))
    assert.equal(next(), 'b', 'better a dead one than a liar')
    one(1).lied = true
    assert.ok(next())
  })
})
