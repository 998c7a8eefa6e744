import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPrng } from '../src/testing/prng.ts'
import { testPrng } from '../src/testing/seed.ts'
import { EventQueue } from './event-queue.ts'
import { SimNetwork, usualNetwork } from './network.ts'

const london = { latitude: 51.507, longitude: -0.128, continent: 'Europe' }
const singapore = { latitude: 1.352, longitude: 103.82, continent: 'Asia' }
const madrid = { latitude: 40.417, longitude: -3.704, continent: 'Europe' }

function networkOf(more: Partial<typeof usualNetwork> = {}, seed = testPrng().seed) {
  const queue = new EventQueue({ settle: () => Promise.resolve() })
  const options = { ...usualNetwork, lossPerMille: 0, ...more }
  return { queue, network: new SimNetwork(options, { queue, prng: createPrng(seed) }) }
}

describe('the simulated network', () => {
  it('is late by distance: London to Singapore takes 80 to 91 ms one way', async () => {
    const { queue, network } = networkOf()
    const times: number[] = []
    for (let i = 0; i < 100; i++) network.send(london, singapore, () => times.push(queue.nowMs))
    await queue.run(1000)
    assert.equal(times.length, 100)
    assert.ok(Math.min(...times) >= 80 && Math.max(...times) <= 91, times.join(' '))
    assert.ok(new Set(times).size > 50, 'chance makes a difference')
  })

  it('loses about as many as it was told', async () => {
    const { queue, network } = networkOf({ lossPerMille: 100 })
    let heard = 0
    for (let i = 0; i < 5000; i++) network.send(london, madrid, () => heard++)
    await queue.run(1000)
    assert.ok(heard > 4350 && heard < 4650, `${heard} of 5000, seed ${testPrng().seed}`)
    assert.equal(network.counts.lost, 5000 - heard)
  })

  it('cuts sides from each other, what is under way included, until it is healed', async () => {
    const { queue, network } = networkOf()
    const heard: string[] = []
    network.send(london, singapore, () => heard.push('under way'))
    network.partition(({ continent }) => (continent === 'Europe' ? 0 : 1))
    network.send(singapore, london, () => heard.push('across'))
    network.send(london, madrid, () => heard.push('inside'))
    await queue.run(1000)
    assert.deepEqual(heard, ['inside'])
    network.heal()
    network.send(london, singapore, () => heard.push('healed'))
    await queue.run(1000)
    assert.deepEqual(heard, ['inside', 'healed'])
  })

  it('cuts one way alone, and slows what one place sends and hears', async () => {
    const { queue, network } = networkOf({ jitterPercent: 0 })
    const heard: string[] = []
    network.cut(london, madrid)
    network.slow(singapore, 3)
    network.send(london, madrid, () => heard.push('cut'))
    network.send(madrid, london, () => heard.push('back'))
    network.send(singapore, london, () => heard.push(`slow ${Math.round(queue.nowMs)}`))
    await queue.run(1000)
    assert.deepEqual(heard, [
      'back',
      `slow ${Math.round(3 * network.latencyMs(singapore, london))}`,
    ])
  })

  it('does the same again by the same seed', async () => {
    const runs = await Promise.all(
      [7, 7, 8].map(async (seed) => {
        const { queue, network } = networkOf({ lossPerMille: 200 }, seed)
        const times: number[] = []
        for (let i = 0; i < 50; i++) network.send(london, madrid, () => times.push(queue.nowMs))
        await queue.run(1000)
        return times.join(' ')
      }),
    )
    assert.equal(runs[0], runs[1])
    assert.notEqual(runs[0], runs[2])
  })
})
