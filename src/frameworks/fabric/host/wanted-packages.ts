import type { HostLedger } from './host-ledger.ts'

/** A publisher can be some blocks ahead of a node. So many may wait: anybody may send anything. */
const [waitMs, waitingMax] = [10_000, 16]

/** Packages that contracts are defined with, here or in a block that this node is about to have. */
export class WantedPackages {
  readonly #ledger: Pick<HostLedger, 'services'>
  readonly #waiting = new Set<(isOver: boolean) => void>()
  #isClosed = false

  constructor(ledger: Pick<HostLedger, 'services'>) {
    this.#ledger = ledger
  }

  /** Settles when a contract is defined with it, or when none was for a while. */
  async has(digest: string): Promise<boolean> {
    if (this.#isWanted(digest)) return true
    if (this.#isClosed || this.#waiting.size >= waitingMax) return false
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const look = (isOver: boolean) => {
      const isWanted = this.#isWanted(digest)
      if (isWanted || isOver) resolve(isWanted)
    }
    this.#waiting.add(look)
    const timer = setTimeout(look, waitMs, true)
    const isWanted = await promise
    clearTimeout(timer)
    this.#waiting.delete(look)
    return isWanted
  }

  /** The ledger may want something else now. */
  touched(): void {
    for (const look of this.#waiting) look(false)
  }

  close(): void {
    this.#isClosed = true
    for (const look of this.#waiting) look(true)
  }

  #isWanted(digest: string): boolean {
    const contracts = this.#ledger.services().flatMap((one) => one.contracts)
    return contracts.some((one) => one.package === digest)
  }
}
