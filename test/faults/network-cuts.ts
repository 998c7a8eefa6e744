import assert from 'node:assert/strict'
import type { NetworkFault } from './network-arena.ts'
import type { NetworkNode } from './network-node.ts'

const hostsOf = (nodes: readonly NetworkNode[]) => nodes.map(({ host }) => host)

/** Two validators here, two there, and who follows with either: nobody can decide. */
const halves = (name: string, [min, max]: readonly [number, number]): NetworkFault => ({
  name,
  run: async (arena) => {
    const { cities } = arena
    const validators = arena.shuffle(arena.validators).map((name) => cities.node(name))
    const others = cities.nodes.filter((one) => !validators.includes(one))
    const [here, there] = [validators.slice(0, 2), validators.slice(2)]
    arena.pick([here, there]).push(...others)
    cities.hosts.split(hostsOf(here), hostsOf(there))
    await arena.standsStill(arena.prng.int(min, max))
    await arena.readsAreDated()
    cities.hosts.heal()
  },
})

export const splitInHalf = halves('a partition of 2 and 2, and its healing', [4000, 8000])
/** So long that TCP, which doubles its pauses, would send again much too late after it. */
export const splitForLong = halves('a long partition of 2 and 2, and its healing', [25_000, 45_000])

/** The cut side says that it cannot write; the others go on. */
export const cutOne: NetworkFault = {
  name: 'a partition of one validator from all',
  run: async (arena) => {
    const { cities } = arena
    const node = arena.pickValidator()
    const others = cities.nodes.filter((one) => one !== node)
    cities.hosts.split([node.host], hostsOf(others))
    await arena.goesOn(3000)
    await arena.isRefused(node)
    await arena.goesOn(arena.prng.int(1000, 5000))
    cities.hosts.heal()
  },
}

const oneWay = (name: string, isDeaf: boolean): NetworkFault => ({
  name,
  run: async (arena) => {
    const { cities } = arena
    const node = arena.pickValidator()
    const others = cities.nodes.filter((one) => one !== node)
    if (isDeaf) cities.hosts.deafen(node.host, hostsOf(others))
    else for (const { host } of others) cities.hosts.deafen(host, [node.host])
    await arena.goesOn(arena.prng.int(4000, 10_000))
    await arena.goesOn(5000)
    cities.hosts.heal()
  },
})

export const deaf = oneWay('a one-way partition: a validator hears nobody', true)
export const mute = oneWay('a one-way partition: nobody hears a validator', false)

/** Each validator is cut from the one opposite, so that each sees another majority. */
export const ring: NetworkFault = {
  name: 'a ring of validators, each cut from the one opposite',
  run: async (arena) => {
    const { cities } = arena
    const [a, b, c, d] = arena.shuffle(arena.validators).map((name) => cities.node(name).host)
    assert(a && b && c && d)
    cities.hosts.split([a], [c])
    cities.hosts.split([b], [d])
    await arena.goesOn(arena.prng.int(5000, 10_000))
    cities.hosts.heal()
  },
}

/** Cut one by one, healed in another order. */
export const oneByOne: NetworkFault = {
  name: 'nodes cut one by one, and healed in another order',
  run: async (arena) => {
    const { cities } = arena
    const cut = arena.shuffle(cities.nodes)
    for (const node of cut) {
      cities.hosts.split([node.host], hostsOf(cities.nodes.filter((one) => one !== node)))
      await arena.pause(arena.prng.int(200, 2000))
    }
    await arena.standsStill(2000)
    for (const node of arena.shuffle(cut)) {
      cities.hosts.heal([node.host])
      await arena.pause(arena.prng.int(0, 1500))
    }
    cities.hosts.heal()
  },
}

export const loss: NetworkFault = {
  name: 'a loss of 20 % between all',
  run: async (arena) => {
    arena.cities.hosts.lose(20)
    await arena.goesOn(arena.prng.int(10_000, 15_000))
    arena.cities.hosts.heal()
  },
}

/** Who is to propose the next block, by what its own CometBFT knows; it is stopped like a VM. */
export const pauseLeader: NetworkFault = {
  name: 'a paused leader that comes back',
  run: async (arena) => {
    const leader = await arena.cities.leader(arena.validators)
    leader.signal('SIGSTOP')
    await arena.goesOn(arena.prng.int(8000, 15_000))
    leader.signal('SIGCONT')
  },
}
