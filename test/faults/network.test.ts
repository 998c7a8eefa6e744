import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { missing, needs } from '../../src/testing/needs.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { NetworkArena, type NetworkFault } from './network-arena.ts'
import { splitInHalf } from './network-cuts.ts'
import { killAll, killApplication, killEngine, killGateway } from './network-kills.ts'

const needed = ['linux', 'netns', 'cometbft'] as const

describe('a network of city nodes in use', { timeout: 600_000 }, () => {
  const prng = testPrng()
  let arena: NetworkArena | undefined
  before(async () => {
    if (missing(needed) !== undefined) return
    arena = new NetworkArena(prng)
    await arena.begin()
  })
  after(() => arena?.close())
  const faults: readonly NetworkFault[] = [
    killGateway,
    killEngine,
    splitInHalf,
    killApplication,
    killAll,
  ]
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
    const acknowledged = await arena.end()
    t.diagnostic(`${acknowledged} acknowledged`)
    assert.ok(acknowledged > 100, `only ${acknowledged} were acknowledged`)
  })
})
