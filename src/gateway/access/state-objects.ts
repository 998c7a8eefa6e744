import { equalBytes } from '@openbsn/sdk'
import type { Ledger } from '../../ledger/ledger.ts'
import { readObject, type StateObject, type StateReader } from '../../ledger/state/state-view.ts'

/** Absent objects are kept too, and strangers choose their keys. */
const objectsMax = 10_000

const known = new WeakMap<Ledger, StateObjects>()

/** The objects of a ledger: the same for all that ask about it, so that each is read once. */
export function objectsOf(ledger: Ledger): StateObjects {
  const found = known.get(ledger) ?? new StateObjects(ledger)
  known.set(ledger, found)
  return found
}

/**
 * Objects of a ledger's state as the last block left them. What was read is kept for as long as
 * the state has the same root, so that a decision is never older than the state.
 */
export class StateObjects {
  readonly #ledger: Ledger
  #root: Uint8Array | undefined
  #objects = new Map<string, StateObject | undefined>()

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** The state itself, for what is read once. */
  get reader(): StateReader {
    return this.#ledger
  }

  /** How many are kept. */
  get size(): number {
    return this.#objects.size
  }

  get(key: string): StateObject | undefined {
    const root = this.#ledger.head.stateRoot
    const isSame = root === this.#root || (this.#root && equalBytes(root, this.#root))
    if (!isSame || this.#objects.size >= objectsMax) this.#objects = new Map()
    this.#root = root
    if (this.#objects.has(key)) return this.#objects.get(key)
    const object = readObject(this.#ledger, key)
    this.#objects.set(key, object)
    return object
  }
}
