import type { Hex } from './hex.ts'
import type { IndexedTransaction } from './indexed-transactions.ts'

type TransactionWaiter = {
  /** Asked each time: a transaction may be replaced. */
  readonly hashes: () => readonly Hex[]
  readonly found: (transaction: IndexedTransaction) => void
}
type LogWaiter = { readonly position: number; readonly wake: () => void }

/** Who waits for a chain to come further. */
export class BlockWaiters {
  readonly #find: (hash: Hex) => IndexedTransaction | undefined
  readonly #transactions = new Set<TransactionWaiter>()
  readonly #logs = new Set<LogWaiter>()

  constructor(find: (hash: Hex) => IndexedTransaction | undefined) {
    this.#find = find
  }

  get hasTransactions(): boolean {
    return this.#transactions.size > 0
  }

  get hasLogs(): boolean {
    return this.#logs.size > 0
  }

  /** What is waited for. */
  hashes(): Hex[] {
    return [...this.#transactions].flatMap(({ hashes }) => hashes())
  }

  /** Settles with the first that is there, rejects with the signal's reason. */
  transaction(hashes: () => readonly Hex[], signal: AbortSignal): Promise<IndexedTransaction> {
    const { promise, resolve, reject } = Promise.withResolvers<IndexedTransaction>()
    const there = this.#first(hashes())
    if (there) return Promise.resolve(there)
    if (signal.aborted) return Promise.reject(signal.reason)
    const gone = () => {
      this.#transactions.delete(waiter)
      reject(signal.reason)
    }
    const waiter: TransactionWaiter = {
      hashes,
      found: (transaction) => {
        this.#transactions.delete(waiter)
        signal.removeEventListener('abort', gone)
        resolve(transaction)
      },
    }
    this.#transactions.add(waiter)
    signal.addEventListener('abort', gone)
    return promise
  }

  #first(hashes: readonly Hex[]): IndexedTransaction | undefined {
    for (const hash of hashes) {
      const found = this.#find(hash)
      if (found) return found
    }
    return undefined
  }

  /** Settles when the head is beyond a position, or the signal is aborted. */
  logs(position: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        this.#logs.delete(waiter)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const waiter = { position, wake }
      this.#logs.add(waiter)
      signal.addEventListener('abort', wake)
    })
  }

  /** These transactions are in the index now, and the next position is `head`. */
  came(hashes: ReadonlySet<Hex>, head: number): void {
    for (const waiter of this.#transactions) {
      const hash = waiter.hashes().find((one) => hashes.has(one))
      const found = hash && this.#find(hash)
      if (found) waiter.found(found)
    }
    for (const { position, wake } of [...this.#logs]) if (position < head) wake()
  }
}
