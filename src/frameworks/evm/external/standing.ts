import { HttpFault } from './send-http.ts'

/** How long one that failed is left alone: at first, and at most. */
const [restMs, restMsMax] = [1000, 60_000]

/** Whether an address may be asked: who fails is left alone, for twice as long each time. */
export class Standing {
  readonly #nowMs: () => number
  #failures = 0
  #restsUntilMs = 0
  #goodMs = Number.NEGATIVE_INFINITY
  #why = ''

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  get isFailing(): boolean {
    return this.#failures > 0
  }

  get isResting(): boolean {
    return this.#nowMs() < this.#restsUntilMs
  }

  /** What it failed by; empty where it does not. */
  get why(): string {
    return this.#why
  }

  /** It gave an answer; which does not say yet that it is a right one. */
  answered(): void {
    this.#goodMs = this.#nowMs()
  }

  /** What was wrong with it is over, and so is its rest. */
  restore(): void {
    this.#failures = 0
    this.#restsUntilMs = 0
    this.#why = ''
  }

  /** It is left alone for a while, for this reason. */
  fail(why: string): void {
    // Calls that were under way together fail together: that is one failure.
    if (this.#failures > 0 && this.isResting) return
    this.#why = why
    this.#failures++
    const waitMs = Math.min(restMsMax, restMs * 2 ** (this.#failures - 1))
    this.#restsUntilMs = this.#nowMs() + waitMs
  }

  /** As `fail`; but whoever asks for too much shall not take an address from everybody. */
  failBy(error: unknown, startMs: number): void {
    const kind = error instanceof HttpFault ? error.kind : 'bad'
    if (kind === 'large' || (kind === 'late' && this.#goodMs > startMs)) return
    this.fail(error instanceof Error ? error.message : String(error))
  }
}
