import { pause } from '../../../engines/pause.ts'
import { evmError } from '../errors.ts'

export type EngineQueueOptions = {
  /** Transactions that may wait in the engine for a block. */
  readonly transactionsMax: number
  /** Calls that wait for room; more are refused at once. */
  readonly callsMax: number
  /** So long one waits for room. */
  readonly patienceMs: number
  /** Between two looks while somebody waits. */
  readonly lookMs: number
  /** Without a block that has something in it, while transactions wait: it is told to make one. */
  readonly stuckMs: number
}

export const engineQueueOptions: Omit<EngineQueueOptions, 'transactionsMax'> = {
  callsMax: 256,
  patienceMs: 5000,
  lookMs: 25,
  stuckMs: 1000,
}

/** What an engine says of itself. */
export type EngineLook = {
  readonly pending: number
  /** Transactions that wait for another one. */
  readonly queued: number
  readonly height: number
  /** Transactions in its newest block. */
  readonly newest: number
}

export type EngineQueueDeps = {
  /** @throws CHAIN_* */
  readonly look: (signal: AbortSignal) => Promise<EngineLook>
  /** Has it make a block. @throws CHAIN_* */
  readonly mine: (signal: AbortSignal) => Promise<void>
  /**
   * Has it take anew what waits for one that is in a block, and says how many. @throws CHAIN_*
   */
  readonly mend: (signal: AbortSignal) => Promise<number>
  /** It makes empty blocks without end: it is to be started again. */
  readonly restart: () => void
  readonly nowMs: () => number
}

/**
 * Keeps the queue of one engine short, whoever sends to it. It counts what goes in and asks the
 * engine only where that may be too much, so a chain that keeps up costs nothing.
 */
export class EngineQueue {
  readonly #options: EngineQueueOptions
  readonly #deps: EngineQueueDeps
  /** In the engine at the last look; handed over and not answered. */
  #seen = 0
  #underWay = 0
  /** Answered so far, and at the time of the last look. */
  #answered = 0
  #looked = 0
  /** Calls in front of the next one, and the last of them. */
  #line = 0
  #last = Promise.resolve()
  #height = -1
  #movedMs = 0
  /** It made empty blocks while transactions waited. */
  #isSpinning = false
  /** Those that rightly wait for another one, and since when others may do so wrongly. */
  #rightlyQueued = 0
  #queuedMs = 0
  #mayBeStuck = false

  constructor(options: EngineQueueOptions, deps: EngineQueueDeps) {
    this.#options = options
    this.#deps = deps
  }

  /**
   * Hands over so many transactions as soon as there is room for them, in the order of those who
   * ask. @throws CHAIN_BUSY (retryable: nothing was sent), and what `send` does
   */
  async hand<T>(count: number, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    if (count === 0) return send()
    if (this.#line > 0 || !this.#takes(count)) await this.#waitForRoom(count, signal)
    try {
      return await send()
    } finally {
      this.#underWay -= count
      this.#answered += count
    }
  }

  /** To be called now and then: nobody may wait while the engine is stuck. @throws CHAIN_* */
  async lookAfter(signal: AbortSignal): Promise<void> {
    const waiting = this.#seen + this.#answered - this.#looked
    if (waiting > 0 || this.#isSpinning || this.#mayBeStuck) await this.#look(signal)
  }

  /** The engine began again, with an empty queue. */
  reset(): void {
    this.#seen = 0
    this.#looked = this.#answered
    this.#height = -1
    this.#isSpinning = false
    this.#rightlyQueued = 0
    this.#mayBeStuck = false
  }

  /** Room that somebody has is nobody else's from then on. */
  #takes(count: number): boolean {
    const waiting = this.#seen + this.#underWay + this.#answered - this.#looked
    if (waiting > 0 && waiting + count > this.#options.transactionsMax) return false
    this.#underWay += count
    return true
  }

  async #waitForRoom(count: number, signal: AbortSignal): Promise<void> {
    const { callsMax, patienceMs, lookMs } = this.#options
    if (this.#line >= callsMax) throw busy()
    const within = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    this.#line++
    try {
      // Whoever is in front began to wait earlier, and so gives up earlier.
      await before
      while (!within.aborted) {
        // The look of those in front may have shown room for this one as well.
        if (this.#takes(count)) return
        await this.#look(within).catch(() => undefined)
        if (this.#takes(count)) return
        await pause(lookMs, within)
      }
    } finally {
      this.#line--
      resolve()
    }
    throw busy()
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { look, mine, restart, nowMs } = this.#deps
    // What was answered before the look is in what it saw, or in a block.
    const answered = this.#answered
    const seen = await look(signal)
    // Two may look at once: of those the one that began later knows more.
    if (answered < this.#looked) return
    this.#looked = answered
    await this.#mend(seen.queued, signal)
    const isWell = this.#isWell(seen)
    const isNewBlock = seen.height !== this.#height
    this.#seen = seen.pending
    this.#height = seen.height
    if (isWell) this.#isSpinning = false
    if (!isWell && nowMs() - this.#movedMs < this.#options.stuckMs) return
    this.#movedMs = nowMs()
    if (isWell) return
    if (seen.pending === 0) return restart()
    this.#isSpinning = isNewBlock
    await mine(signal)
  }

  /** Once for each number of them, where that stays. */
  async #mend(queued: number, signal: AbortSignal): Promise<void> {
    const { mend, nowMs } = this.#deps
    const wasStuck = this.#mayBeStuck
    this.#mayBeStuck = queued !== this.#rightlyQueued
    if (!wasStuck) this.#queuedMs = nowMs()
    if (!this.#mayBeStuck || nowMs() - this.#queuedMs < this.#options.stuckMs) return
    this.#queuedMs = nowMs()
    this.#rightlyQueued = queued - (await mend(signal))
  }

  /** Nothing waits and it rests, or what waits is on its way. */
  #isWell({ pending, height, newest }: EngineLook): boolean {
    const isNewBlock = height !== this.#height
    if (pending === 0) return !this.#isSpinning || !isNewBlock || newest > 0
    const isFirstLook = this.#seen === 0 && !this.#isSpinning
    return isFirstLook || (isNewBlock && newest > 0)
  }
}

const busy = () =>
  evmError('CHAIN_BUSY', 'Too many transactions wait in this chain: nothing of this was sent.', {
    retryable: true,
  })
