import { CodedError } from '@openbsn/sdk'
import { type CheckedStatement, isRefusal } from '../../crypto/check-pool.ts'
import type { Refusal } from '../../crypto/check-statement.ts'
import { bytesOfSubmission, type Submission } from '../../crypto/own-statement.ts'
import type { Application } from '../application.ts'
import type { SubmitOutcome } from '../ledger.ts'

export type IntakeOptions = {
  /** Statements that may wait, in check or for a block, before more are turned away. */
  readonly waitingMax?: number
  readonly waitingBytesMax?: number
}

export type IntakeDeps = {
  readonly application: Pick<Application, 'check'>
  /** Asked for each statement whose signature holds, before it is put in order. */
  readonly admit?: ((statement: CheckedStatement) => Refusal | undefined) | undefined
  /** Puts one in order; settles when that is durable. */
  readonly enqueue: (statement: CheckedStatement) => Promise<SubmitOutcome>
  /** Called when the last of a request's statements are enqueued. */
  readonly onEnqueued: () => void
}

/** What every sequencer does with a request: bounds what waits, checks, and asks for leave. */
export class Intake {
  readonly #deps: IntakeDeps
  readonly #waitingMax: number
  readonly #waitingBytesMax: number
  #inCheck = 0
  /** Statements that were taken and are not answered yet, and their bytes. */
  #underWay = 0
  #bytesUnderWay = 0
  /** Called when nothing is being checked any more. */
  onChecked: (() => void) | undefined

  constructor(options: IntakeOptions, deps: IntakeDeps) {
    this.#deps = deps
    this.#waitingMax = options.waitingMax ?? 100_000
    this.#waitingBytesMax = options.waitingBytesMax ?? 128 * 1024 * 1024
  }

  /** Statements whose signatures are being verified. */
  get inCheck(): number {
    return this.#inCheck
  }

  /** @throws LEDGER_BUSY (not sent), and what `enqueue` throws */
  async submit(statements: readonly Submission[]): Promise<SubmitOutcome[]> {
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
    const { application, admit, enqueue, onEnqueued } = this.#deps
    this.#inCheck += statements.length
    const results = await application.check(statements).finally(() => {
      this.#inCheck -= statements.length
      if (this.#inCheck === 0) this.onChecked?.()
    })
    const outcomes = results.map((result) => {
      const refusal = isRefusal(result) ? result : admit?.(result)
      if (refusal) return { outcome: 'refused' as const, ...refusal }
      return enqueue(result as CheckedStatement)
    })
    onEnqueued()
    const settled = await Promise.all(outcomes)
    return settled.map((outcome, i) => {
      const result = results[i]
      return result && !isRefusal(result) ? { ...outcome, authority: result.authority } : outcome
    })
  }
}

/** The ledger ended while something was under way. */
export const ledgerStopped = (cause?: unknown) =>
  new CodedError(
    'LEDGER_STOPPED',
    'The ledger stops: whether this was registered is not known. Send it again, unchanged, later.',
    { retryable: true, cause },
  )
