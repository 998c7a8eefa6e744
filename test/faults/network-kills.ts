import assert from 'node:assert/strict'
import type { NetworkArena, NetworkFault } from './network-arena.ts'

/** Users' gateway, with all that runs on its machine. */
export const killGateway: NetworkFault = {
  name: 'kill -9 of a gateway',
  run: async (arena) => {
    const node = arena.pick(arena.gateways)
    await node.cutPower()
    await arena.goesOn(3000)
    await node.start()
  },
}

/** The application is in the node's process; CometBFT ends by its guard. */
export const killApplication: NetworkFault = {
  name: 'kill -9 of the application alone, of a validator',
  run: async (arena) => {
    const node = arena.pickValidator()
    await node.kill()
    await arena.goesOn(arena.prng.int(100, 3000))
    await node.start()
  },
}

/** The node has to start it again by itself. */
export const killEngine: NetworkFault = {
  name: 'kill -9 of CometBFT alone, of a validator',
  run: async (arena) => {
    const node = arena.pickValidator()
    const engine = node.killEngine()
    await arena.goesOn(1000)
    await arena.isTrue(() => (node.engine ?? engine) !== engine, 'CometBFT is started again')
    assert.ok(node.isRunning)
  },
}

/** It comes back to blocks that it has to take in, and is killed while it does. */
export const killAtReplay: NetworkFault = {
  name: 'kill -9 of one validator, and again at replay',
  run: async (arena) => {
    const node = arena.pickValidator()
    await node.cutPower()
    await arena.goesOn(5000)
    for (let i = 0; i < 3; i++) {
      const start = node.start().catch(() => undefined)
      await arena.pause(arena.prng.int(700, 3500))
      await node.cutPower()
      await start
    }
    await node.start()
  },
}

async function startAll({ cities }: NetworkArena): Promise<void> {
  await Promise.all(cities.nodes.filter((one) => !one.isRunning).map((one) => one.start()))
}

export const killAll: NetworkFault = {
  name: 'kill -9 of all at once',
  run: async (arena) => {
    const { nodes } = arena.cities
    for (const node of nodes) node.signal('SIGKILL')
    await Promise.all(nodes.map((node) => node.cutPower()))
    await startAll(arena)
  },
}

/** One after the other, in any order, until too few are left; and back in another order. */
export const killOneByOne: NetworkFault = {
  name: 'kill -9 of three, one by one, and back in another order',
  run: async (arena) => {
    const down = arena.shuffle(arena.validators).slice(0, 3)
    for (const name of down) {
      await arena.cities.node(name).cutPower()
      await arena.pause(arena.prng.int(100, 2000))
    }
    await arena.standsStill(3000)
    for (const name of arena.shuffle(down)) {
      await arena.cities.node(name).start()
      await arena.pause(arena.prng.int(0, 1000))
    }
  },
}
