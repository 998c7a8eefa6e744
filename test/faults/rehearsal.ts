import { createPrng } from '../../src/testing/prng.ts'
import { Draw } from './draw.ts'
import type { NetworkArena, NetworkFault } from './network-arena.ts'

type Named = { readonly name: string }
const names = (list: readonly Named[]) => list.map(({ name }) => name).join(' ')

/** A network in which nothing goes wrong: what is done to it is written down, and takes no time. */
class Rehearsal extends Draw {
  readonly acts: string[] = []
  readonly validators = ['rome', 'berlin', 'lagos', 'lima']
  readonly cities = {
    nodes: [...this.validators, 'oslo'].map((name) => this.#node(name)),
    node: (name: string) => this.#named(name),
    leader: async ([first = '']: readonly string[]) => this.#named(first),
    hosts: {
      split: (...groups: readonly (readonly Named[])[]) =>
        this.#add(`split ${groups.map(names).join(' from ')}`),
      deafen: (host: Named, from: readonly Named[]) =>
        this.#add(`${host.name} hears nothing of ${names(from)}`),
      lose: (percent: number) => this.#add(`lose ${percent} %`),
      heal: (hosts: readonly Named[] = []) => this.#add(`heal ${names(hosts) || 'all'}`),
    },
  }

  get gateways() {
    return ['rome', 'lima', 'oslo'].map((name) => this.#named(name))
  }

  #add(act: string): void {
    this.acts.push(act)
  }

  #node(name: string) {
    const does = (what: string) => async () => this.#add(`${what} ${name}`)
    return {
      ...{ name, host: { name }, isRunning: true, engine: 1 },
      ...{ start: does('start'), kill: does('kill'), cutPower: does('cut power of') },
      signal: (signal: string) => this.#add(`${signal} to ${name}`),
      killEngine: () => this.#add(`kill CometBFT of ${name}`),
    }
  }

  #named(name: string) {
    const node = this.cities.nodes.find((one) => one.name === name)
    if (!node) throw new RangeError(`no node ${name}`)
    return node
  }

  pickValidator() {
    return this.#named(this.pick(this.validators))
  }

  async pause(milliseconds: number): Promise<void> {
    this.#add(`pause ${milliseconds} ms`)
  }

  async goesOn(milliseconds: number): Promise<void> {
    this.#add(`goes on for ${milliseconds} ms`)
  }

  async standsStill(milliseconds: number): Promise<void> {
    this.#add(`stands still for ${milliseconds} ms`)
  }

  async readsAreDated(): Promise<void> {
    this.#add('reads are dated')
  }

  async isTrue(_: () => boolean, what: string): Promise<void> {
    this.#add(what)
  }

  async isRefused({ name }: Named): Promise<void> {
    this.#add(`${name} refuses`)
  }
}

/** All that these faults do by a seed: to which nodes, in what order, for how long. */
export async function rehearse(faults: readonly NetworkFault[], seed: number): Promise<string[]> {
  const rehearsal = new Rehearsal(createPrng(seed))
  for (const fault of faults) {
    rehearsal.acts.push(fault.name)
    // As far as a fault may go; what it has no word for fails here.
    await fault.run(rehearsal as unknown as NetworkArena)
  }
  return rehearsal.acts
}
