import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { testPrng } from '../src/testing/seed.ts'
import { bookFaults, digestOf } from './books.ts'
import { Faults } from './faults.ts'
import { Scenarios } from './scenarios.ts'
import { World, type WorldOptions } from './world.ts'

const [nodes, validators] = [24, 7]
const seeds = 6

/** Closed at the test's end, however it ends: a thread that is left would keep the process. */
async function openWorld(t: TestContext, options: WorldOptions): Promise<World> {
  const world = await World.create(options)
  t.after(() => world.close())
  return world
}

/** Records from everywhere while all kinds of faults happen, then time to come together. */
async function runFaulty(t: TestContext, options: WorldOptions, faultyMs = 60_000) {
  const world = await openWorld(t, options)
  const scenarios = new Scenarios(world)
  await scenarios.registerNodes(2000)
  await scenarios.settle(60_000)
  scenarios.addClients(12)
  scenarios.sendRecords(120, faultyMs)
  const faults = new Faults(world, faultyMs)
  await world.queue.run(faultyMs)
  const isSettled = await scenarios.settle(180_000)
  const digest = isSettled ? digestOf(world, scenarios.sendings) : 'not settled'
  return { world, scenarios, faults, isSettled, digest }
}

describe('random faults', () => {
  for (let i = 0; i < seeds; i++) {
    const seed = testPrng().seed * 1000 + i
    const twoFaced = i % 3
    it(`end with one log of everything, seed ${seed}, ${twoFaced} of 7 two-faced`, async (t) => {
      const run = await runFaulty(t, { seed, nodes, validators, twoFaced })
      const { world, scenarios } = run
      t.diagnostic(JSON.stringify({ seed, ...run.faults.counts, ...world.watch.counts }))
      assert.deepEqual(world.watch.faults, [], `seed ${seed}`)
      assert.ok(run.isSettled, `seed ${seed}: ${scenarios.open.length} are open`)
      assert.deepEqual(bookFaults(world, scenarios.sendings), [], `seed ${seed}`)
    })
  }

  it('are the same again by the same seed', async (t) => {
    const digests: string[] = []
    for (const seed of [4, 4, 5]) {
      const { digest } = await runFaulty(t, { seed, nodes: 12, validators: 4, twoFaced: 1 }, 20_000)
      digests.push(digest)
    }
    assert.equal(digests[0], digests[1])
    assert.notEqual(digests[0], digests[2])
  })

  it('are seen to fork where more than a third may decide', async (t) => {
    const { seed } = testPrng()
    const quorum = (power: number, total: number) => power * 3 > total
    const world = await openWorld(t, { seed, nodes, validators: 6, quorum })
    const scenarios = new Scenarios(world)
    const half = new Set(world.validators.slice(0, 3).map(({ city }) => city))
    world.network.partition((place) => (half.has(place as never) ? 0 : 1))
    await scenarios.registerNodes(5000)
    for (const one of world.validators) await one.process.wakeUp()
    await world.queue.run(20_000)
    assert.notDeepEqual(world.watch.forks, [], `seed ${seed}`)
  })
})
