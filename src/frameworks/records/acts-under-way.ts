import { isCodedError } from '@openbsn/sdk'
import type { Refusal } from '../../crypto/check-statement.ts'

/** Of each generation of refusals; two are kept. */
const refusalsMax = 4096

/**
 * What this node knows of acts beside the ledger: which are under way, and which were refused
 * lately. A refusal leaves nothing in a ledger, so it is told for as long as it is remembered here:
 * the last 4,096 of them at least, and none after a restart.
 */
export class ActsUnderWay {
  readonly #underWay = new Map<string, number>()
  #refused = new Map<string, Refusal>()
  #refusedBefore = new Map<string, Refusal>()

  /**
   * Runs what these acts are under way in. Where their fate is unknown after it, they stay so: a
   * ledger that lost the answer ends with its process, and after a restart it knows.
   */
  async during<T>(names: readonly string[], run: () => Promise<T>): Promise<T> {
    for (const name of names) this.#underWay.set(name, (this.#underWay.get(name) ?? 0) + 1)
    try {
      const answer = await run()
      this.#end(names)
      return answer
    } catch (error) {
      if (!isCodedError(error) || error.code !== 'CALL_FATE_UNKNOWN') this.#end(names)
      throw error
    }
  }

  #end(names: readonly string[]): void {
    for (const name of names) {
      const count = this.#underWay.get(name) ?? 0
      if (count > 1) this.#underWay.set(name, count - 1)
      else this.#underWay.delete(name)
    }
  }

  has(act: string): boolean {
    return this.#underWay.has(act)
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
