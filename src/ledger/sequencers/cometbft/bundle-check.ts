import { sha256, toHex } from '@openbsn/sdk'
import { type CheckedStatement, type CheckResult, isRefusal } from '../../../crypto/check-pool.ts'
import type { Application } from '../../application.ts'
import { decodeTransaction } from './bundle.ts'

/** A bundle whose form and signatures hold. A statement whose key is not known yet is a refusal. */
export type CheckedBundle = {
  /** SHA-256 of the transaction, in hex. */
  readonly id: string
  readonly results: readonly CheckResult[]
  readonly transaction: Uint8Array
}

/** The only refusal of a check that another state can lift: it makes no proposal invalid. */
const isOfState = (result: CheckResult) => !isRefusal(result) || result.code === 'KEY_UNKNOWN'

/** Bundles that are remembered between the check and their block: four full blocks. */
const rememberedBytesMax = 64 * 1024 * 1024

export const bundleId = (transaction: Uint8Array) => toHex(sha256(transaction))

/**
 * Verifies each signature once: what was checked on its way into the mempool is not checked again
 * when it is proposed, voted on, and decided.
 */
export class BundleCheck {
  readonly #application: Pick<Application, 'check'>
  readonly #known = new Map<string, CheckedBundle>()
  readonly #underWay = new Map<string, Promise<CheckedBundle | undefined>>()
  #bytes = 0

  constructor(application: Pick<Application, 'check'>) {
    this.#application = application
  }

  /** Undefined where a statement's form or signature does not hold, or it is no bundle at all. */
  async check(transaction: Uint8Array): Promise<CheckedBundle | undefined> {
    const id = bundleId(transaction)
    const known = this.#known.get(id)
    if (known && !known.results.some(isRefusal)) return known
    // A proposal often comes while its bundles are still checked for the mempool. What that finds
    // of a key that is not known is of the state before: it does not count here.
    const running = this.#underWay.get(id)
    const other = running && (await running)
    if (other && !other.results.some(isRefusal)) return other
    const checking = this.#checkNow(id, transaction)
    this.#underWay.set(id, checking)
    const done = () => {
      if (this.#underWay.get(id) === checking) this.#underWay.delete(id)
    }
    checking.then(done, done)
    return checking
  }

  async #checkNow(id: string, transaction: Uint8Array): Promise<CheckedBundle | undefined> {
    const decoded = decodeTransaction(transaction)
    if (decoded?.kind !== 'bundle') return undefined
    const results = await this.#application.check(decoded.statements)
    if (!results.every(isOfState)) return undefined
    const bundle = { id, results, transaction }
    this.#remember(bundle)
    return bundle
  }

  /** A bundle of statements that this node has checked already. */
  add(transaction: Uint8Array, results: readonly CheckedStatement[]): string {
    const id = bundleId(transaction)
    this.#remember({ id, results, transaction })
    return id
  }

  /** Good bundles of what CometBFT offers for a block, then those that came to this node since. */
  async forProposal(offered: readonly Uint8Array[]): Promise<readonly CheckedBundle[]> {
    const checked = await Promise.all(offered.map((transaction) => this.check(transaction)))
    const ids = new Set(checked.map((bundle) => bundle?.id))
    const later = [...this.#known.values()].filter(({ id }) => !ids.has(id))
    const again = await Promise.all(later.map((one) => this.#current(one)))
    return [...checked, ...again].filter((bundle) => bundle !== undefined)
  }

  /** As it is checked now: a key that was not known may be. */
  #current(bundle: CheckedBundle): Promise<CheckedBundle | undefined> | CheckedBundle {
    return bundle.results.some(isRefusal) ? this.check(bundle.transaction) : bundle
  }

  forget(id: string): void {
    this.#bytes -= this.#known.get(id)?.transaction.length ?? 0
    this.#known.delete(id)
  }

  /** The oldest go where there are too many: they are verified once more if they come. */
  #remember(bundle: CheckedBundle): void {
    this.forget(bundle.id)
    this.#known.set(bundle.id, bundle)
    this.#bytes += bundle.transaction.length
    for (const [id] of this.#known) {
      if (this.#bytes <= rememberedBytesMax) return
      this.forget(id)
    }
  }
}
