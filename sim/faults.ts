import { continents } from './cities.ts'
import type { SimNode } from './sim-node.ts'
import type { World } from './world.ts'

/** From one fault to the next, and how long one lasts. */
const [pauseMsMin, pauseMsMax] = [500, 4000]
const [lastsMsMin, lastsMsMax] = [1000, 12_000]

/**
 * Faults by the seed for `durationMs`: processes that die and come back, continents apart, links
 * that are cut one way, slow machines, loss. All of them may fall together. At the end all is well.
 */
export class Faults {
  readonly #world: World
  readonly #endMs: number
  readonly #counts = new Map<string, number>()

  constructor(world: World, durationMs: number) {
    this.#world = world
    this.#endMs = world.queue.nowMs + durationMs
    this.#nextLater()
    world.queue.after(durationMs, () => this.#end())
  }

  /** How many there were of each kind. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  #nextLater(): void {
    const { queue, prng } = this.#world
    queue.after(prng.int(pauseMsMin, pauseMsMax), () => {
      if (queue.nowMs >= this.#endMs) return
      this.#nextLater()
      this.#one()
    })
  }

  #one(): void {
    const { prng, network } = this.#world
    const kinds = {
      crash: () => this.#crash(this.#any()),
      crashOfValidator: () => this.#crash(this.#anyValidator()),
      partition: () => this.#partition(),
      cut: () => network.cut(this.#anyValidator().city, this.#anyValidator().city),
      slow: () => network.slow(this.#any().city, prng.int(2, 10)),
      loss: () => network.lose(prng.int(50, 300)),
      heal: () => network.heal(),
    }
    const names = Object.keys(kinds) as (keyof typeof kinds)[]
    const name = names[prng.int(0, names.length - 1)] ?? 'heal'
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    kinds[name]()
  }

  #any(): SimNode {
    const { nodes, prng } = this.#world
    return nodes[prng.int(0, nodes.length - 1)] as SimNode
  }

  #anyValidator(): SimNode {
    const { validators, prng } = this.#world
    return validators[prng.int(0, validators.length - 1)] as SimNode
  }

  #crash(node: SimNode): void {
    const { queue, prng } = this.#world
    if (!node.isUp) return
    node.crash()
    queue.after(prng.int(lastsMsMin, lastsMsMax), async () => {
      if (!node.isUp) await node.start()
    })
  }

  #partition(): void {
    const { queue, network, prng } = this.#world
    const sides = new Map<string, number>(continents.map((one) => [one, prng.int(0, 1)]))
    network.partition(({ continent }) => sides.get(continent) ?? 0)
    queue.after(prng.int(lastsMsMin, lastsMsMax), () => network.heal())
  }

  async #end(): Promise<void> {
    this.#world.network.heal()
    for (const node of this.#world.nodes) if (!node.isUp) await node.start()
  }
}
