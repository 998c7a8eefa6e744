import type { StatementIdentity } from '../../application.ts'

type Told = { readonly statement: StatementIdentity; readonly toldMs: number }

/** More are not remembered: whoever sees so many knows enough. */
const toldMax = 100_000

/** Statements whose senders were told that nobody knows yet whether they are registered. */
export class Undecided {
  readonly #isKnown: (statement: StatementIdentity) => boolean
  #told: Told[] = []
  #lookedMs = Number.NEGATIVE_INFINITY

  /** `isKnown`: the ledger has it, by whatever way it came there. */
  constructor(isKnown: (statement: StatementIdentity) => boolean) {
    this.#isKnown = isKnown
  }

  add(statements: readonly { readonly statement: StatementIdentity }[], toldMs: number): void {
    const room = toldMax - this.#told.length
    const added = statements.slice(0, room).map(({ statement }) => ({
      statement: withoutBytes(statement),
      toldMs,
    }))
    this.#told.push(...added)
  }

  /**
   * How many there are. What was told before `hopelessMs` will hardly come any more. That moves on
   * with every block, and nothing else makes one known: what is asked again between two blocks
   * costs nothing.
   */
  count(hopelessMs: number): number {
    if (hopelessMs > this.#lookedMs) {
      this.#lookedMs = hopelessMs
      this.#told = this.#told.filter(
        ({ statement, toldMs }) => toldMs > hopelessMs && !this.#isKnown(statement),
      )
    }
    return this.#told.length
  }
}

/** Its hashes are views of the bytes of a whole batch, which must not live on with them. */
function withoutBytes({ identity, content, iat, isAct }: StatementIdentity): StatementIdentity {
  return { identity: new Uint8Array(identity), content: new Uint8Array(content), iat, isAct }
}
