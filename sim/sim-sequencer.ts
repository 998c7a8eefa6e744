import { CodedError } from '@openbsn/sdk'
import type { CheckedStatement } from '../src/crypto/check-pool.ts'
import type { Submission } from '../src/crypto/own-statement.ts'
import { assert } from '../src/kernel/assert.ts'
import type { Application } from '../src/ledger/application.ts'
import type { SubmitOutcome } from '../src/ledger/ledger.ts'
import { encodeBundle } from '../src/ledger/sequencers/cometbft/bundle.ts'
import { Intake } from '../src/ledger/sequencers/intake.ts'
import type { Sequencer } from '../src/ledger/sequencers/sequencer.ts'
import type { Handler } from './event-queue.ts'

export type SimSequencerDeps = {
  readonly application: Application
  readonly nowMs: () => number
  readonly after: (ms: number, handler: Handler) => void
  /** Eight bytes that no other bundle has. */
  readonly nonce: () => Uint8Array
  /** Remembers that these statements were checked, and names their bundle. */
  readonly remember: (transaction: Uint8Array, statements: readonly CheckedStatement[]) => string
  /** Sends it towards the validators; called again while it is not decided. */
  readonly spread: (id: string, transaction: Uint8Array) => void
}

type Waiting = {
  readonly statement: CheckedStatement
  readonly settle: (outcome: SubmitOutcome) => void
  readonly fail: (error: Error) => void
}

type Sent = { readonly group: readonly Waiting[]; readonly sentMs: number }

/** As in `cometbft.ts`, whose times these are. */
const bundleBytesMax = 256 * 1024
const [bundleMs, patienceMs, waitMsMax, probeMs, watchMs] = [5, 3500, 30_000, 2000, 100]
/** What is not decided after so long is sent to others. */
const spreadAgainMs = 2000

const noQuorum = () =>
  new CodedError('LEDGER_NO_QUORUM', 'Too few validators answer. Nothing was registered.', {
    retryable: true,
  })

const undecided = () =>
  new CodedError('LEDGER_UNDECIDED', 'The network has not decided in time.', { retryable: true })

/**
 * The sequencer of a simulated node, with the rules of the one over CometBFT: what it bundles, when
 * it loses hope, and what it says then. Its engine takes every bundle at once.
 */
export class SimSequencer implements Sequencer {
  readonly #deps: SimSequencerDeps
  readonly #intake: Intake
  readonly #sent = new Map<string, Sent>()
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #lastDecidedMs: number
  #stalledUntilMs = 0

  constructor(deps: SimSequencerDeps) {
    this.#deps = deps
    this.#lastDecidedMs = deps.nowMs()
    this.#intake = new Intake(
      {},
      {
        application: deps.application,
        enqueue: (statement) => this.#enqueue(statement),
        onEnqueued: () => undefined,
      },
    )
  }

  /** @throws LEDGER_BUSY, LEDGER_NO_QUORUM (not sent), LEDGER_UNDECIDED (fate unknown) */
  async submit(statements: readonly Submission[]): Promise<SubmitOutcome[]> {
    if (this.#deps.nowMs() < this.#stalledUntilMs) throw noQuorum()
    return await this.#intake.submit(statements)
  }

  #enqueue(statement: CheckedStatement): Promise<SubmitOutcome> {
    const known = this.#deps.application.known(statement)
    if (known) return Promise.resolve(known)
    return new Promise((settle, fail) => {
      const { length } = statement.bytes
      if (this.#waitingBytes + length > bundleBytesMax) this.#flush()
      if (this.#waiting.length === 0) this.#deps.after(bundleMs, () => this.#flush())
      this.#waiting.push({ statement, settle, fail })
      this.#waitingBytes += length
    })
  }

  #flush(): void {
    const group = this.#waiting
    if (group.length === 0) return
    this.#waiting = []
    this.#waitingBytes = 0
    const statements = group.map(({ statement }) => statement)
    const bytes = statements.map((one) => one.bytes)
    const transaction = encodeBundle(bytes, this.#deps.nonce())
    const id = this.#deps.remember(transaction, statements)
    if (this.#sent.size === 0) this.#watch()
    this.#sent.set(id, { group, sentMs: this.#deps.nowMs() })
    this.#spread(id, transaction)
  }

  #spread(id: string, transaction: Uint8Array): void {
    if (!this.#sent.has(id)) return
    this.#deps.spread(id, transaction)
    this.#deps.after(spreadAgainMs, () => this.#spread(id, transaction))
  }

  /** A block is the head, with what became of the bundles in it, by their ids. */
  decided(outcomes: ReadonlyMap<string, readonly SubmitOutcome[]>): void {
    this.#lastDecidedMs = this.#deps.nowMs()
    this.#stalledUntilMs = 0
    for (const [id, list] of outcomes) {
      const own = this.#sent.get(id)
      this.#sent.delete(id)
      own?.group.forEach(({ settle }, i) => {
        const outcome = list[i]
        assert(outcome !== undefined, 'every statement of a bundle has an outcome')
        settle(outcome)
      })
    }
  }

  #watch(): void {
    this.#deps.after(watchMs, async () => {
      this.#loseHope()
      if (this.#sent.size > 0) this.#watch()
    })
  }

  #loseHope(): void {
    const now = this.#deps.nowMs()
    for (const [id, { group, sentMs }] of this.#sent) {
      const isStalled = now - Math.max(sentMs, this.#lastDecidedMs) > patienceMs
      if (!isStalled && now - sentMs < waitMsMax) continue
      if (isStalled) this.#stalledUntilMs = now + probeMs
      this.#sent.delete(id)
      for (const { fail } of group) fail(undecided())
    }
  }

  /** Nothing is left to be sent: the process it was in is gone. */
  async close(): Promise<void> {
    this.#sent.clear()
    this.#waiting = []
  }
}
