import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { missing, needs } from '../../src/testing/needs.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { NetworkArena, type NetworkFault } from './network-arena.ts'
import {
  cutOne,
  deaf,
  loss,
  mute,
  oneByOne,
  pauseLeader,
  ring,
  splitInHalf,
} from './network-cuts.ts'
import { clonedKey, emptyDisk, fullDisk, smallDisk } from './network-disks.ts'
import {
  killAll,
  killApplication,
  killAtReplay,
  killEngine,
  killGateway,
  killOneByOne,
} from './network-kills.ts'
import { rollingUpgrade } from './network-upgrade.ts'

const needed = ['linux', 'netns', 'tmpfs', 'cometbft'] as const

const kills = [killGateway, killEngine, killApplication, killAtReplay, killAll, killOneByOne]
const cuts = [splitInHalf, cutOne, deaf, mute, ring, oneByOne, loss, pauseLeader]
/** The last but one takes a disk away, so it comes late; the clone stays known to the ledger. */
const rest = [fullDisk, rollingUpgrade, emptyDisk, clonedKey]

describe('a network of city nodes in use, for long', { timeout: 3_600_000 }, () => {
  const prng = testPrng()
  let arena: NetworkArena | undefined
  before(async () => {
    if (missing(needed) !== undefined) return
    arena = new NetworkArena(prng, { disks: smallDisk })
    await arena.begin()
  })
  after(() => arena?.close())
  const faults: readonly NetworkFault[] = [...kills, ...cuts, ...rest]
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
})
