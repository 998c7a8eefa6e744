import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { missing, needs } from '../../src/testing/needs.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { NetworkArena } from './network-arena.ts'
import { usualFaults } from './network-faults.ts'
import { peerPort } from './network-node.ts'
import { isRpcPrivate, listeningBeside, listeningOf, reaches } from './network-ports.ts'

const needed = ['linux', 'netns', 'cometbft'] as const
/** Where CometBFT serves its RPC unless it is told otherwise. */
const usualRpcPort = 26_657

describe('a network of city nodes in use', { timeout: 600_000 }, () => {
  const prng = testPrng()
  let arena: NetworkArena | undefined
  before(async () => {
    if (missing(needed) !== undefined) return
    arena = new NetworkArena(prng)
    await arena.begin()
  })
  after(() => arena?.close())
  it('opens to other machines the port for peers, and nothing else of CometBFT', (t) => {
    if (!needs(t, ...needed)) return
    assert(arena)
    const { nodes } = arena.cities
    for (const [i, node] of nodes.entries()) {
      const { engine, host, name } = node
      const other = nodes[(i + 1) % nodes.length]
      assert(engine !== undefined && other)
      assert.deepEqual(
        listeningOf(engine).map(({ port }) => port),
        [peerPort],
        name,
      )
      const ports = listeningBeside(engine).map(({ port }) => port)
      // That of the gateway is open on its own machine alone, and that of the RPC is nowhere.
      const open = [...ports, usualRpcPort].filter((port) => reaches(other.host, host, port))
      assert.deepEqual(open, [peerPort], `${name}: ${ports}`)
      assert.ok(isRpcPrivate(node), name)
    }
  })
  for (const fault of usualFaults) {
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
