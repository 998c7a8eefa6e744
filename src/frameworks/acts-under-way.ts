import { isCodedError } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'

/** Of each generation of refusals; two are kept. */
const refusalsMax = 4096

/**
 * What this node knows of acts beside the ledger: which are under way, and which were refused
 * lately. A refusal leaves nothing in a ledger, so it is told for as long as it is remembered here:
 * the last 4,096 of them at least, and none after a restart.
 */
export class ActsUnderWay {
  /** No map: what one has outgrown keeps what was in it for long (ADR 0013). */
  readonly #slots: (ReadonlySet<string> | undefined)[] = []
  #refused = new Map<string, Refusal>()
  #refusedBefore = new Map<string, Refusal>()

  /**
   * Runs what these acts are under way in. Where their fate is unknown after it, they stay so: a
   * ledger that lost the answer ends with its process, and after a restart it knows.
   */
  async during<T>(names: readonly string[], run: () => Promise<T>): Promise<T> {
    const free = this.#slots.indexOf(undefined)
    const slot = free < 0 ? this.#slots.length : free
    this.#slots[slot] = new Set(names)
    try {
      const answer = await run()
      this.#slots[slot] = undefined
      return answer
    } catch (error) {
      const isUnknown = isCodedError(error) && error.code === 'CALL_FATE_UNKNOWN'
      if (!isUnknown) this.#slots[slot] = undefined
      throw error
    }
  }

  has(act: string): boolean {
    return this.#slots.some((names) => names?.has(act))
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
