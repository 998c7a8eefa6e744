/** How long a proposer waits for statements that others are about to bring. */
export type PaceOptions = {
  /** From the last block with many statements to the next proposal. */
  readonly paceMs: number
  /** So many statements in a block are many. */
  readonly many: number
}

/**
 * Spreads blocks while many statements come: each block costs every node and CometBFT some 30 ms of
 * processor time together, however few statements it has. A network at rest waits for nothing.
 */
export class BlockPace {
  readonly #options: PaceOptions
  #decidedMs = Number.NEGATIVE_INFINITY
  /** The last block with statements had many. */
  #isBusy = false

  constructor(options: PaceOptions) {
    this.#options = options
  }

  decided(statements: number): void {
    this.#decidedMs = performance.now()
    if (statements > 0) this.#isBusy = statements >= this.#options.many
  }

  /** Settles when the next block may be proposed. */
  async due(): Promise<void> {
    const ms = this.#isBusy ? this.#decidedMs + this.#options.paceMs - performance.now() : 0
    if (ms > 0) await new Promise((done) => setTimeout(done, ms))
  }
}
