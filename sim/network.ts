import type { Prng } from '../src/testing/prng.ts'
import type { EventQueue, Handler } from './event-queue.ts'
import { distanceKm, fibreMs, type Position } from './geography.ts'

/** Whoever sends and hears: a node, or a client. Told apart by the object. */
export type Place = Position & { readonly continent: string }

export type NetworkOptions = {
  /** How much longer cables are than the great circle, switches included. */
  readonly routeFactor: number
  /** What a message takes however near: two machines and their last miles. */
  readonly leastMs: number
  /** Up to so much of its time a message is late by chance. */
  readonly jitterPercent: number
  /** Messages that never arrive. */
  readonly lossPerMille: number
}

export const usualNetwork: NetworkOptions = {
  // London to Singapore is 10,850 km, and 80 to 85 ms one way: 1.5 times the fibre's 54 ms.
  routeFactor: 1.5,
  leastMs: 1,
  jitterPercent: 10,
  lossPerMille: 1,
}

/** Number of the side that a place is on; places of different sides do not hear each other. */
export type Sides = (place: Place) => number

/**
 * Messages between places: late by distance, by chance lost or later, and cut where a test says
 * so. A message that is under way when its link is cut is lost.
 */
export class SimNetwork {
  readonly #options: NetworkOptions
  readonly #queue: EventQueue
  readonly #prng: Prng
  #sides: Sides | undefined
  readonly #deaf = new Map<Place, Set<Place>>()
  readonly #slow = new Map<Place, number>()
  #lossPerMille: number
  #sent = 0
  #lost = 0

  constructor(options: NetworkOptions, deps: { readonly queue: EventQueue; readonly prng: Prng }) {
    this.#options = options
    this.#queue = deps.queue
    this.#prng = deps.prng
    this.#lossPerMille = options.lossPerMille
  }

  /** Messages so far. */
  get counts(): { readonly sent: number; readonly lost: number } {
    return { sent: this.#sent, lost: this.#lost }
  }

  /** One way, without what chance adds. */
  latencyMs(from: Position, to: Position): number {
    const { routeFactor, leastMs } = this.#options
    return leastMs + fibreMs(distanceKm(from, to)) * routeFactor
  }

  /** `deliver` runs when it arrives, if it does. */
  send(from: Place, to: Place, deliver: Handler): void {
    this.#sent++
    const isLost = this.#prng.int(1, 1000) <= this.#lossPerMille
    if (isLost || this.isCut(from, to)) {
      this.#lost++
      return
    }
    const jitter = 1 + (this.#prng.int(0, 1000) / 1000) * (this.#options.jitterPercent / 100)
    const slow = Math.max(this.#slow.get(from) ?? 1, this.#slow.get(to) ?? 1)
    this.#queue.after(this.latencyMs(from, to) * jitter * slow, () => {
      const isCut = this.isCut(from, to)
      if (isCut) this.#lost++
      return isCut ? undefined : deliver()
    })
  }

  isCut(from: Place, to: Place): boolean {
    if (this.#deaf.get(to)?.has(from)) return true
    return this.#sides !== undefined && this.#sides(from) !== this.#sides(to)
  }

  /** Only those of one side hear each other. Takes the place of an earlier partition. */
  partition(sides: Sides): void {
    this.#sides = sides
  }

  /** `to` hears nothing of `from`; the other way stays open. */
  cut(from: Place, to: Place): void {
    const deaf = this.#deaf.get(to) ?? new Set()
    this.#deaf.set(to, deaf.add(from))
  }

  /** All that `place` sends and hears takes `factor` times as long. */
  slow(place: Place, factor: number): void {
    this.#slow.set(place, factor)
  }

  /** So many messages of a thousand are lost from now on. */
  lose(perMille: number): void {
    this.#lossPerMille = perMille
  }

  /** Everything as it was at the beginning. */
  heal(): void {
    this.#sides = undefined
    this.#deaf.clear()
    this.#slow.clear()
    this.#lossPerMille = this.#options.lossPerMille
  }
}
