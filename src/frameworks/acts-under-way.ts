import { isCodedError } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'

/** Of each generation of refusals; two are kept. */
const refusalsMax = 4096
/** How long after the first block since then an act of unknown fate can still come. */
const hopeMs = 20_000

type Slot = {
  readonly names: ReadonlySet<string>
  isUnknown: boolean
  /** When the first block came since nobody knew; undefined before. */
  sinceMs: number | undefined
}

/**
 * What this node knows of acts beside the ledger: which are under way, and which were refused
 * lately. A refusal leaves nothing in a ledger, so it is told for as long as it is remembered here:
 * the last 4,096 of them at least, and none after a restart.
 */
export class ActsUnderWay {
  /** No map: what one has outgrown keeps what was in it for long (ADR 0013). */
  readonly #slots: (Slot | undefined)[] = []
  readonly #nowMs: () => number
  #refused = new Map<string, Refusal>()
  #refusedBefore = new Map<string, Refusal>()

  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /**
   * Runs what these acts are under way in. Where their fate is unknown after it, they stay so until
   * the ledger decides again, and a while longer: what is in no block then is nowhere any more. A
   * process that ends has lost it, too.
   */
  async during<T>(names: readonly string[], run: () => Promise<T>): Promise<T> {
    const free = this.#slots.indexOf(undefined)
    const slot = free < 0 ? this.#slots.length : free
    const own: Slot = { names: new Set(names), isUnknown: false, sinceMs: undefined }
    this.#slots[slot] = own
    try {
      const answer = await run()
      this.#slots[slot] = undefined
      return answer
    } catch (error) {
      const isUnknown = isCodedError(error) && error.code === 'CALL_FATE_UNKNOWN'
      if (isUnknown) own.isUnknown = true
      else this.#slots[slot] = undefined
      throw error
    }
  }

  has(act: string): boolean {
    return this.#slots.some((slot) => slot?.names.has(act) && !this.#isOver(slot))
  }

  /** Tell it of every block. */
  decided(): void {
    this.#slots.forEach((slot, place) => {
      if (!slot?.isUnknown) return
      slot.sinceMs ??= this.#nowMs()
      if (this.#isOver(slot)) this.#slots[place] = undefined
    })
  }

  #isOver({ sinceMs }: Slot): boolean {
    return sinceMs !== undefined && this.#nowMs() - sinceMs >= hopeMs
  }

  refuse(act: string, refusal: Refusal): void {
    if (this.#refused.size >= refusalsMax) {
      this.#refusedBefore = this.#refused
      this.#refused = new Map()
    }
    this.#refused.set(act, refusal)
  }

  refusalOf(act: string): Refusal | undefined {
    return this.#refused.get(act) ?? this.#refusedBefore.get(act)
  }
}
