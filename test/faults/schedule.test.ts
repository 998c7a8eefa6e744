import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPrng } from '../../src/testing/prng.ts'
import { splitForLong } from './network-cuts.ts'
import { chancyFaults, longFaults, usualFaults } from './network-faults.ts'
import { rehearse } from './rehearsal.ts'
import { nextHarm } from './sequencer-harm.ts'

const seeds = [1, 7, 4711, 2 ** 31 - 1]

describe('faults by a seed', () => {
  it('are the same again by the same seed: nodes, order and times', async () => {
    for (const faults of [usualFaults, chancyFaults, [splitForLong, splitForLong]]) {
      const plans = await Promise.all(seeds.map((seed) => rehearse(faults, seed)))
      const again = await Promise.all(seeds.map((seed) => rehearse(faults, seed)))
      assert.deepEqual(again, plans)
      assert.equal(new Set(plans.map(String)).size, seeds.length, 'each seed has its own')
    }
  })

  it('of the sequencer too, however fast its nodes are', () => {
    const plan = (seed: number) => {
      const prng = createPrng(seed)
      return Array.from({ length: 50 }, () => nextHarm(prng))
    }
    for (const seed of seeds) assert.deepEqual(plan(seed), plan(seed))
    assert.notDeepEqual(plan(1), plan(2))
    const kinds = plan(1).map(({ kind, hits }) => `${kind} ${hits.length}`)
    assert.deepEqual([...new Set(kinds)].toSorted(), ['kill 1', 'stop 1', 'twoKills 2'])
  })

  it('are all those that a network has to endure', () => {
    const told = longFaults.map(({ name }) => name).join('\n')
    for (const wanted of [
      ...[/kill -9 of a gateway/, /kill -9 of CometBFT alone/, /kill -9 of the application alone/],
      ...[/kill -9 of one validator, and again at replay/, /kill -9 of all at once/],
      ...[/a partition of 2 and 2, and its healing/, /one-way partition: a validator hears nobody/],
      ...[/one-way partition: nobody hears a validator/, /a paused leader/, /a loss of 20 %/],
      ...[/a full disk of one validator/, /a clone of a validator key/, /lost its disk and joins/],
      /a rolling upgrade, and back/,
    ]) {
      assert.match(told, wanted)
    }
  })
})
