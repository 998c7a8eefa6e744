import {
  CodedError,
  checkpointSigStructure,
  encodeAnchor,
  type Signer,
  thumbprint,
} from '@openbsn/sdk'
import { type CheckedStatement, isRefusal } from '../../../crypto/check-pool.ts'
import type { Refusal } from '../../../crypto/check-statement.ts'
import { bytesOfSubmission, type Submission } from '../../../crypto/own-statement.ts'
import { assert } from '../../../kernel/assert.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { Application, Execution } from '../../application.ts'
import type { BlockSignature, SubmitOutcome } from '../../ledger.ts'

export type SoloOptions = {
  readonly ledger: string
  /**
   * The least time from one commit to the next: what arrives meanwhile shares one. Where the last
   * group was small, nothing is awaited: few share a commit then, and all would wait for it.
   */
  readonly groupMs?: number
  /** The most, while more is being checked. */
  readonly groupMsMax?: number
  /** So many are worth a commit of their own: where they wait already, nothing more is awaited. */
  readonly groupEnough?: number
  /** Statements that may wait, in check or for a block, before more are turned away. */
  readonly waitingMax?: number
  readonly waitingBytesMax?: number
}

export type SoloDeps = {
  readonly application: Application
  readonly clock: Clock
  /** Signs blocks while it alone makes them final. */
  readonly signer: Signer
  /** Whether the signer's key has more than two thirds of the power at a height. */
  readonly decidesAlone: (kid: Uint8Array, height: number) => boolean
  /** Asked for each statement whose signature holds, before it is put in order. */
  readonly admit?: ((statement: CheckedStatement) => Refusal | undefined) | undefined
  readonly onFailure: (error: Error) => void
}

/** A group of no more is small. */
const groupFew = 2

type Waiting = {
  readonly statement: CheckedStatement
  readonly settle: (outcome: SubmitOutcome) => void
  readonly fail: (error: Error) => void
}

const stopped = (cause?: unknown) =>
  new CodedError(
    'LEDGER_STOPPED',
    'The ledger stops: whether this was registered is not known. Send it again, unchanged, later.',
    { retryable: true, cause },
  )

const noQuorum = () =>
  new CodedError(
    'LEDGER_NO_QUORUM',
    "This node's key does not make blocks final at this height. Nothing was registered.",
    { retryable: true },
  )

/**
 * Puts statements in order in this process: groups them, signs once a group, answers after the
 * disk has them.
 */
export class Solo {
  readonly #deps: SoloDeps
  readonly #ledger: string
  readonly #groupMs: number
  readonly #groupMsMax: number
  readonly #groupEnough: number
  readonly #waitingMax: number
  readonly #waitingBytesMax: number
  readonly #kid: Uint8Array
  #waiting: Waiting[] = []
  #inCheck = 0
  /** Statements that were taken and are not answered yet, and their bytes. */
  #underWay = 0
  #bytesUnderWay = 0
  #state: 'open' | 'closing' | 'failed' = 'open'
  #running: Promise<void> | undefined
  /** Called when nothing is being checked any more. */
  #onChecked: (() => void) | undefined
  #lastStart = Number.NEGATIVE_INFINITY
  #lastCount = 0

  constructor(options: SoloOptions, deps: SoloDeps) {
    this.#deps = deps
    this.#ledger = options.ledger
    this.#groupMs = options.groupMs ?? 5
    this.#groupMsMax = options.groupMsMax ?? 10
    this.#groupEnough = options.groupEnough ?? 64
    this.#waitingMax = options.waitingMax ?? 100_000
    this.#waitingBytesMax = options.waitingBytesMax ?? 128 * 1024 * 1024
    this.#kid = thumbprint(deps.signer.key)
  }

  /** @throws LEDGER_BUSY, LEDGER_NO_QUORUM (not sent), LEDGER_STOPPED (fate unknown) */
  async submit(statements: readonly Submission[]): Promise<SubmitOutcome[]> {
    if (this.#state !== 'open') throw stopped()
    const bytes = statements.reduce((sum, one) => sum + bytesOfSubmission(one).length, 0)
    if (
      this.#underWay + statements.length > this.#waitingMax ||
      this.#bytesUnderWay + bytes > this.#waitingBytesMax
    ) {
      const message = 'Too many statements wait. Nothing of this request was registered.'
      throw new CodedError('LEDGER_BUSY', message, { retryable: true })
    }
    this.#underWay += statements.length
    this.#bytesUnderWay += bytes
    try {
      return await this.#register(statements)
    } finally {
      this.#underWay -= statements.length
      this.#bytesUnderWay -= bytes
    }
  }

  async #register(statements: readonly Submission[]): Promise<SubmitOutcome[]> {
    this.#inCheck += statements.length
    const results = await this.#deps.application.check(statements)
    this.#inCheck -= statements.length
    if (this.#inCheck === 0) this.#onChecked?.()
    const { admit } = this.#deps
    const outcomes = results.map((result) => {
      const refusal = isRefusal(result) ? result : admit?.(result)
      if (refusal) return { outcome: 'refused' as const, ...refusal }
      return this.#enqueue(result as CheckedStatement)
    })
    if (this.#waiting.length > 0) this.#running ??= this.#run()
    return Promise.all(outcomes)
  }

  #enqueue(statement: CheckedStatement): Promise<SubmitOutcome> {
    return new Promise((settle, fail) => {
      if (this.#state === 'failed') fail(stopped())
      else this.#waiting.push({ statement, settle, fail })
    })
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gather()
      this.#lastStart = performance.now()
      await this.#commitGroup()
    }
    this.#running = undefined
  }

  /** Waits for enough: a little in any case, longer while something is being checked. */
  async #gather(): Promise<void> {
    if (this.#waiting.length >= this.#groupEnough || this.#lastCount <= groupFew) return
    const least = this.#lastStart + this.#groupMs - performance.now()
    if (least > 0 && this.#state === 'open') await delay(least)
    const most = this.#lastStart + this.#groupMsMax - performance.now()
    if (most <= 0 || this.#inCheck === 0 || this.#state !== 'open') return
    await new Promise<void>((done) => {
      const timer = setTimeout(done, most)
      this.#onChecked = () => {
        clearTimeout(timer)
        done()
      }
    })
    this.#onChecked = undefined
  }

  async #commitGroup(): Promise<void> {
    const { application, clock, decidesAlone } = this.#deps
    const count = application.prepare(this.#waiting.map(({ statement }) => statement))
    const group = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    this.#lastCount = count
    const { head } = application
    if (!decidesAlone(this.#kid, head.height + 1)) {
      for (const { fail } of group) fail(noQuorum())
      return
    }
    try {
      const execution = application.execute({
        height: head.height + 1,
        time: Math.max(head.time, clock.nowSeconds()),
        statements: group.map(({ statement }) => statement),
      })
      if (isWorthABlock(execution)) {
        await application.commit(execution, await this.#sign(execution))
      }
      group.forEach(({ settle }, i) => {
        const outcome = execution.outcomes[i]
        assert(outcome !== undefined, 'every statement has an outcome')
        settle(outcome)
      })
    } catch (error) {
      this.#fail(error, group)
    }
  }

  #fail(error: unknown, group: readonly Waiting[]): void {
    this.#state = 'failed'
    for (const { fail } of [...group, ...this.#waiting]) fail(stopped(error))
    this.#waiting = []
    this.#deps.onFailure(error instanceof Error ? error : stopped(error))
  }

  async #sign({ block }: Execution): Promise<BlockSignature[]> {
    const { signer } = this.#deps
    const { algorithm } = signer.key
    const { height, time, stateRoot, logRoot, firstIndex, count } = block
    const size = firstIndex + count
    const anchor = { ledger: this.#ledger, size, height, time, stateRoot }
    const header = encodeAnchor(anchor, algorithm, this.#kid)
    const signature = await signer.sign(checkpointSigStructure(header, logRoot))
    return [{ kid: this.#kid, algorithm: algorithm.id, signature }]
  }

  /** Commits what waits, then takes nothing more. */
  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing'
    while (this.#running || (this.#inCheck > 0 && this.#state !== 'failed')) {
      await (this.#running ?? delay(this.#groupMs))
    }
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}

/** Repeats and refusals change nothing, so they need no block. */
function isWorthABlock({ appended, overlay }: Execution): boolean {
  return appended.length > 0 || overlay.changes.size > 0
}
