import { CodedError, type Signer, thumbprint } from '@openbsn/sdk'
import type { CheckedStatement } from '../../../crypto/check-pool.ts'
import type { Refusal } from '../../../crypto/check-statement.ts'
import type { Submission } from '../../../crypto/own-statement.ts'
import { assert } from '../../../kernel/assert.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { Application, Execution } from '../../application.ts'
import { signBlock } from '../../checkpoint.ts'
import type { SubmitOutcome } from '../../ledger.ts'
import { Intake, type IntakeOptions, ledgerStopped } from '../intake.ts'
import { ArrivalRate } from './arrival-rate.ts'

export type SoloOptions = IntakeOptions & {
  readonly ledger: string
  /**
   * The least time from one commit to the next: what arrives meanwhile shares one. While few come,
   * and nothing is being checked, nothing is awaited: nobody would share the commit.
   */
  readonly groupMs?: number
  /** The most, while more is being checked. */
  readonly groupMsMax?: number
  /** So many are worth a commit of their own: where they wait already, nothing more is awaited. */
  readonly groupEnough?: number
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

/** Statements a millisecond; where more come, they share commits. */
const rateFew = 0.6

type Waiting = {
  readonly statement: CheckedStatement
  readonly settle: (outcome: SubmitOutcome) => void
  readonly fail: (error: Error) => void
}

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
  readonly #intake: Intake
  readonly #kid: Uint8Array
  #waiting: Waiting[] = []
  #state: 'open' | 'closing' | 'failed' = 'open'
  #running: Promise<void> | undefined
  #lastStart = Number.NEGATIVE_INFINITY
  readonly #rate = new ArrivalRate()

  constructor(options: SoloOptions, deps: SoloDeps) {
    this.#deps = deps
    this.#ledger = options.ledger
    this.#groupMs = options.groupMs ?? 5
    this.#groupMsMax = options.groupMsMax ?? 10
    this.#groupEnough = options.groupEnough ?? 16
    this.#kid = thumbprint(deps.signer.key)
    const { application, admit } = deps
    this.#intake = new Intake(options, {
      ...{ application, admit },
      enqueue: (statement) => this.#enqueue(statement),
      onEnqueued: () => {
        if (this.#waiting.length > 0) this.#running ??= this.#run()
      },
    })
  }

  /** @throws LEDGER_BUSY, LEDGER_NO_QUORUM (not sent), LEDGER_STOPPED (fate unknown) */
  async submit(statements: readonly Submission[]): Promise<SubmitOutcome[]> {
    if (this.#state !== 'open') throw ledgerStopped()
    return await this.#intake.submit(statements)
  }

  #enqueue(statement: CheckedStatement): Promise<SubmitOutcome> {
    return new Promise((settle, fail) => {
      if (this.#state === 'failed') fail(ledgerStopped())
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
    if (this.#waiting.length >= this.#groupEnough) return
    const isQuiet = this.#rate.at(performance.now()) <= rateFew
    if (isQuiet && this.#intake.inCheck === 0) return
    const least = this.#lastStart + this.#groupMs - performance.now()
    if (least > 0 && this.#state === 'open') await delay(least)
    const most = this.#lastStart + this.#groupMsMax - performance.now()
    if (most <= 0 || this.#intake.inCheck === 0 || this.#state !== 'open') return
    await new Promise<void>((done) => {
      const timer = setTimeout(done, most)
      this.#intake.onChecked = () => {
        clearTimeout(timer)
        done()
      }
    })
    this.#intake.onChecked = undefined
  }

  async #commitGroup(): Promise<void> {
    const { application, clock, decidesAlone, signer } = this.#deps
    const count = application.prepare(this.#waiting.map(({ statement }) => statement))
    const group = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    this.#rate.came(count, performance.now())
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
        await application.commit(execution, [
          await signBlock(this.#ledger, execution.block, signer),
        ])
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
    for (const { fail } of [...group, ...this.#waiting]) fail(ledgerStopped(error))
    this.#waiting = []
    this.#deps.onFailure(error instanceof Error ? error : ledgerStopped(error))
  }

  /** Commits what waits, then takes nothing more. */
  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing'
    while (this.#running || (this.#intake.inCheck > 0 && this.#state !== 'failed')) {
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
