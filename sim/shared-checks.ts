import { createHash } from 'node:crypto'
import {
  type CheckedStatement,
  type CheckPool,
  type CheckResult,
  createCheckPool,
  isRefusal,
} from '../src/crypto/check-pool.ts'
import { assert } from '../src/kernel/assert.ts'
import { findKey } from '../src/ledger/modules/keys.ts'
import type { StateReader } from '../src/ledger/state/state-view.ts'

const idOf = (statement: Uint8Array) => createHash('sha256').update(statement).digest('base64')

/**
 * Verifies each statement once for all nodes, with the real pool on its own thread: what a
 * signature is worth does not depend on who asks. Whether a node knows the key does, and is asked
 * of its own state every time.
 */
export class SharedChecks {
  readonly #pool: CheckPool
  readonly #known = new Map<string, CheckedStatement>()
  /** By the list itself: nodes that take a block ask for the same one. */
  readonly #lists = new WeakMap<readonly Uint8Array[], readonly CheckResult[]>()
  readonly #underWay = new Set<Promise<readonly CheckResult[]>>()
  #verified = 0

  /** `states`: of all nodes, asked for a key until one has it. */
  constructor(deps: {
    readonly states: () => Iterable<StateReader>
    readonly onFailure: (error: Error) => void
  }) {
    const findAnywhere = (kid: Uint8Array) => {
      for (const state of deps.states()) {
        const key = findKey(state, kid)
        if (key) return key
      }
      return undefined
    }
    this.#pool = createCheckPool(
      { workers: 1 },
      { findKey: findAnywhere, onFailure: deps.onFailure },
    )
  }

  /** Statements whose signatures were verified. */
  get verified(): number {
    return this.#verified
  }

  /** The pool of one node; `hasKey` asks its state. */
  poolOf(hasKey: (kid: string) => boolean): CheckPool {
    return {
      check: async (statements) => {
        const results = this.#lists.get(statements) ?? (await this.#check(statements))
        if (!results.some(isRefusal)) this.#lists.set(statements, results)
        return results.map((result): CheckResult => {
          if (isRefusal(result)) return result
          const { kid } = result.authority
          if (hasKey(kid)) return result
          return { code: 'KEY_UNKNOWN', detail: `No key ${kid} is registered here.` }
        })
      },
      close: async () => {},
    }
  }

  async #check(statements: readonly Uint8Array[]): Promise<CheckResult[]> {
    const ids = statements.map(idOf)
    const fresh = statements.filter((_, i) => !this.#known.has(ids[i] ?? ''))
    const refused = new Map<string, CheckResult>()
    const checking = this.#pool.check(fresh)
    this.#underWay.add(checking)
    const results = await checking
    this.#underWay.delete(checking)
    for (const [i, result] of results.entries()) {
      const id = idOf(fresh[i] ?? new Uint8Array())
      if (isRefusal(result)) refused.set(id, result)
      else this.#known.set(id, result)
    }
    this.#verified += fresh.length
    return ids.map((id) => {
      const result = this.#known.get(id) ?? refused.get(id)
      assert(result !== undefined, 'every statement is checked')
      return result
    })
  }

  /** Ends when nothing is being verified, and every promise that waited has gone on. */
  async settle(): Promise<void> {
    do {
      // Not by asking again and again: the thread that verifies needs the core.
      await Promise.all(this.#underWay)
      await new Promise((done) => setImmediate(done))
    } while (this.#underWay.size > 0)
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}
