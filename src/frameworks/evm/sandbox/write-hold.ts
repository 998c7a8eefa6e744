/** So long a snapshot waits for changes that are under way. */
const settleMsMax = 1000

/**
 * Lets changes of a chain through, and holds them while its state is taken: the engine writes what
 * it has block by block and account by account, so what changes meanwhile would be half in it.
 */
export class WriteHold {
  #underWay = 0
  #held: Promise<void> | undefined
  #onIdle: (() => void) | undefined

  /** Runs a change as soon as nothing holds it. */
  async change<T>(run: () => Promise<T>): Promise<T> {
    while (this.#held !== undefined) await this.#held
    this.#underWay++
    try {
      return await run()
    } finally {
      this.#underWay--
      if (this.#underWay === 0) this.#onIdle?.()
    }
  }

  /** Runs what no change may come into; those that are under way have a moment to end. */
  async hold<T>(run: () => Promise<T>): Promise<T> {
    while (this.#held !== undefined) await this.#held
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held = promise
    try {
      await this.#settled()
      return await run()
    } finally {
      this.#held = undefined
      resolve()
    }
  }

  async #settled(): Promise<void> {
    if (this.#underWay === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onIdle = resolve
    const late = setTimeout(resolve, settleMsMax)
    await promise
    clearTimeout(late)
    this.#onIdle = undefined
  }
}
