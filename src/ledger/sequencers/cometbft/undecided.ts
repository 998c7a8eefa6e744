import type { CheckedStatement } from '../../../crypto/check-pool.ts'

type Told = { readonly statement: CheckedStatement; readonly toldMs: number }

/** More are not remembered: whoever sees so many knows enough. */
const toldMax = 100_000

/** Statements whose senders were told that nobody knows yet whether they are registered. */
export class Undecided {
  readonly #isKnown: (statement: CheckedStatement) => boolean
  #told: Told[] = []

  /** `isKnown`: the ledger has it, by whatever way it came there. */
  constructor(isKnown: (statement: CheckedStatement) => boolean) {
    this.#isKnown = isKnown
  }

  add(statements: readonly { readonly statement: CheckedStatement }[], toldMs: number): void {
    const room = toldMax - this.#told.length
    const added = statements.slice(0, room).map(({ statement }) => ({ statement, toldMs }))
    this.#told.push(...added)
  }

  /** How many there are. What was told before `hopelessMs` will hardly come any more. */
  count(hopelessMs: number): number {
    this.#told = this.#told.filter(
      ({ statement, toldMs }) => toldMs > hopelessMs && !this.#isKnown(statement),
    )
    return this.#told.length
  }
}
