import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { missing, type Need, needs } from '../../src/testing/needs.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { NetworkArena, type NetworkFault } from './network-arena.ts'
import type { CitiesOptions } from './network-cities.ts'
import { splitForLong } from './network-cuts.ts'
import { smallDisk } from './network-disks.ts'
import { longFaults } from './network-faults.ts'

/** One network that endures all of these, one after the other. */
function endures(faults: readonly NetworkFault[], options: CitiesOptions, ...more: Need[]): void {
  const needed: readonly Need[] = ['linux', 'netns', 'cometbft', ...more]
  const prng = testPrng()
  let arena: NetworkArena | undefined
  before(async () => {
    if (missing(needed) !== undefined) return
    arena = new NetworkArena(prng, options)
    await arena.begin()
  })
  after(() => arena?.close())
  for (const fault of faults) {
    it(`loses and doubles nothing, and goes on within 20 s: ${fault.name}`, async (t) => {
      if (!needs(t, ...needed)) return
      t.diagnostic(`seed ${prng.seed}`)
      assert(arena)
      t.diagnostic(JSON.stringify(await arena.endure(fault)))
    })
  }
  it('is right by an independent verifier on every node', async (t) => {
    if (!needs(t, ...needed)) return
    assert(arena)
    t.diagnostic(`${await arena.end()} acknowledged`)
  })
}

describe('a network of city nodes in use, for long', { timeout: 3_600_000 }, () => {
  endures(longFaults, { disks: smallDisk }, 'tmpfs')
})

describe('a network whose machines are set up as network.md says', { timeout: 900_000 }, () => {
  endures([splitForLong, splitForLong], { retryMsMax: 5000 }, 'tcp-rto-max')
})
