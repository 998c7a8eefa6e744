import { evmError } from '../errors.ts'

export type BlockMakerOptions = {
  /** Transactions that are handed over together; a single call may have more. */
  readonly transactionsMax: number
  /** Calls that wait until they may be handed over; more are refused at once. */
  readonly waitingMax: number
  /** So long one waits to be handed over. */
  readonly patienceMs: number
  /** So long blocks are made at one time: who handed over is answered then, whatever is left. */
  readonly blocksMsMax: number
  /** So long what must be alone waits for the end of calls under way. */
  readonly settleMsMax: number
}

export const blockMakerOptions: Omit<BlockMakerOptions, 'transactionsMax' | 'waitingMax'> = {
  patienceMs: 5000,
  blocksMsMax: 5000,
  settleMsMax: 1000,
}

export type BlockMakerDeps = {
  /** Transactions in the engine that could be in a block. @throws CHAIN_* */
  readonly pending: () => Promise<number>
  /** Has it make a block. @throws CHAIN_* */
  readonly mine: () => Promise<void>
  readonly nowMs: () => number
}

type Group = {
  transactions: number
  isAnswered: boolean
  readonly inBlock: PromiseWithResolvers<void>
}

type Waiting = { readonly count: number; readonly enter: (group: Group) => void }

/**
 * Makes the blocks of an engine that makes none by itself. Calls that come together are handed over
 * together; from the first answer on later ones wait, a block is made, and all of them are answered
 * when their transactions are in it. So nobody sees a transaction that waits, and nothing reaches
 * the engine while it makes a block: what does may wait in anvil 1.7.1 for good.
 */
export class BlockMaker {
  readonly #options: BlockMakerOptions
  readonly #deps: BlockMakerDeps
  #group = newGroup()
  readonly #waiting: Waiting[] = []
  /** Calls in the engine, and who is told when there are none. */
  #underWay = 0
  #onIdle: (() => void) | undefined
  /** Those that are alone, or wait for it: nobody enters meanwhile. */
  #alone = 0
  #lastAlone = Promise.resolve()
  /** What was handed over may still wait in the engine. */
  #mayWait = false

  constructor(options: BlockMakerOptions, deps: BlockMakerDeps) {
    this.#options = options
    this.#deps = deps
  }

  /**
   * Hands over so many transactions, and settles with the answer when they are in a block, or a
   * little later where the engine makes none.
   * @throws CHAIN_BUSY (retryable: nothing was sent), and what `send` does
   */
  async hand<T>(count: number, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    const group = await this.#enter(count, signal)
    try {
      const answer = await send()
      this.#answered(group)
      await settled(group.inBlock.promise, signal)
      return answer
    } catch (error) {
      this.#answered(group)
      throw error
    }
  }

  /** Runs what no call may come into. */
  async hold<T>(run: () => Promise<T>): Promise<T> {
    const before = this.#lastAlone
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#lastAlone = promise
    this.#alone++
    try {
      await before
      await this.#idle()
      return await run()
    } finally {
      this.#alone--
      resolve()
      if (this.#alone === 0) this.#open()
    }
  }

  /** A change that is no transaction, and may be there without a block. */
  async change<T>(send: () => Promise<T>): Promise<T> {
    return this.hold(() =>
      send().finally(() => {
        this.#mayWait = true
      }),
    )
  }

  /** To be called now and then: whatever was left gets its block. */
  async lookAfter(): Promise<void> {
    if (this.#mayWait && this.#alone === 0) await this.hold(() => this.#makeBlocks())
  }

  /** The engine began again, and nothing waits in it. */
  reset(): void {
    this.#mayWait = false
  }

  async #enter(count: number, signal: AbortSignal): Promise<Group> {
    if (this.#waiting.length === 0 && this.#takes(count)) return this.#add(count)
    if (this.#waiting.length >= this.#options.waitingMax) throw busy()
    const { promise, resolve, reject } = Promise.withResolvers<Group>()
    const waiting: Waiting = { count, enter: resolve }
    this.#waiting.push(waiting)
    const giveUp = () => {
      const at = this.#waiting.indexOf(waiting)
      if (at < 0) return
      this.#waiting.splice(at, 1)
      reject(busy())
    }
    const late = setTimeout(giveUp, this.#options.patienceMs)
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    try {
      return await promise
    } finally {
      clearTimeout(late)
      signal.removeEventListener('abort', giveUp)
    }
  }

  #takes(count: number): boolean {
    if (this.#alone > 0) return false
    const { transactions } = this.#group
    return transactions === 0 || transactions + count <= this.#options.transactionsMax
  }

  /** Room that somebody has is nobody else's from then on. */
  #add(count: number): Group {
    this.#group.transactions += count
    this.#underWay++
    return this.#group
  }

  #open(): void {
    for (;;) {
      const [next] = this.#waiting
      if (!next || !this.#takes(next.count)) return
      this.#waiting.shift()
      next.enter(this.#add(next.count))
    }
  }

  #answered(group: Group): void {
    // One that took very long comes when the blocks of its group are made.
    this.#mayWait = true
    this.#underWay--
    if (this.#underWay === 0) this.#onIdle?.()
    if (group.isAnswered) return
    group.isAnswered = true
    void this.#close(group)
  }

  /** Never rejects: those who handed over have their answer, and what is left is looked after. */
  async #close(group: Group): Promise<void> {
    const late = setTimeout(group.inBlock.resolve, this.#options.blocksMsMax)
    const made = this.hold(async () => {
      this.#group = newGroup()
      await this.#makeBlocks()
    })
    await made.catch(() => undefined)
    clearTimeout(late)
    group.inBlock.resolve()
  }

  /** Until all that can be in a block is in one, or no more comes into one. */
  async #makeBlocks(): Promise<void> {
    const { pending, mine, nowMs } = this.#deps
    const untilMs = nowMs() + this.#options.blocksMsMax
    for (let before = Number.POSITIVE_INFINITY; nowMs() < untilMs; ) {
      const now = await pending()
      if (now === 0) this.#mayWait = false
      if (now === 0 || now >= before) return
      await mine()
      before = now
      // One fits into any block.
      if (now === 1) return
    }
  }

  async #idle(): Promise<void> {
    if (this.#underWay === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onIdle = resolve
    const late = setTimeout(resolve, this.#options.settleMsMax)
    await promise
    clearTimeout(late)
    this.#onIdle = undefined
  }
}

const newGroup = (): Group => ({
  transactions: 0,
  isAnswered: false,
  inBlock: Promise.withResolvers<void>(),
})

/** Whoever is gone does not wait. */
async function settled(done: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const settle = () => resolve()
  signal.addEventListener('abort', settle, { once: true })
  if (signal.aborted) settle()
  void done.then(settle)
  await promise
  signal.removeEventListener('abort', settle)
}

const busy = () =>
  evmError('CHAIN_BUSY', 'Too many transactions wait in this chain: nothing of this was sent.', {
    retryable: true,
  })
