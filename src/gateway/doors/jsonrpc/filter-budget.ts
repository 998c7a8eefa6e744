import type { Chain } from '../../../frameworks/evm/chain.ts'

/** Engines forget a filter that nobody asked about for five minutes. */
const filterLifeMs = 300_000
const filtersMax = 1000

/** How many filters a chain may have to remember at one time. */
export class FilterBudget {
  readonly #nowMs: () => number
  readonly #made = new WeakMap<Chain, number[]>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** False where there are as many as may be. */
  take(chain: Chain): boolean {
    const nowMs = this.#nowMs()
    const all = this.#made.get(chain) ?? []
    const live = all.filter((madeMs) => nowMs - madeMs < filterLifeMs)
    this.#made.set(chain, live)
    if (live.length >= filtersMax) return false
    live.push(nowMs)
    return true
  }
}
