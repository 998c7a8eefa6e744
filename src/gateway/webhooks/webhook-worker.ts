import type { EventReader, EventSlice, LedgerEvent } from '../../frameworks/framework.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { EventFeed } from '../events/event-feed.ts'
import type { EventOptions } from '../events/event-options.ts'
import type { WriteBehind } from '../write-behind.ts'
import { backoffMs } from './backoff.ts'
import { type Attempt, createDeliverer, messageOf, type Secrets } from './deliverer.ts'
import type { Sender } from './sender.ts'
import type { DeliveryResult, Progress, Webhook } from './webhook.ts'
import type { WebhookStore } from './webhook-store.ts'

export type WorkerDeps = {
  readonly feed: EventFeed
  readonly reader: EventReader
  readonly store: WebhookStore
  readonly later: WriteBehind
  readonly sender: Sender
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly chance: () => number
  /** Why the webhook's credential may not read now; undefined while it may. */
  readonly standing: () => string | undefined
  readonly onResult: (result: DeliveryResult) => void
  readonly onDisabled: (reason: string) => void
}

/** What the worker of a webhook begins with. */
export type WorkerStart = {
  readonly webhook: Webhook
  readonly progress: Progress
  readonly secrets: Secrets
  readonly options: EventOptions
}

/** So often is looked whether what holds a webhook up has passed. */
const holdMs = 1000
/** An attempt that is under way at the end has so long. */
const graceMs = 1000

/** Delivers one webhook's events, one after the other. */
export class WebhookWorker {
  /** Why nothing is sent although there is something to send. */
  held: string | undefined
  /** Block time of the event that is being delivered. */
  pendingSince: number | undefined
  #progress: Progress
  readonly #start: WorkerStart
  readonly #deps: WorkerDeps
  readonly #stopping = new AbortController()
  /** What is under way when it is stopped may end: else it would have to be repeated. */
  readonly #cutting = new AbortController()
  readonly #send: ReturnType<typeof createDeliverer>
  #lookedAt = 0
  /** Until none is found: a replay begins with another worker. */
  #hasDue = true
  #isDeadPaused = false
  #deadUnanswered = 0
  #wake = () => {}

  constructor(start: WorkerStart, deps: WorkerDeps) {
    this.#start = start
    this.#deps = deps
    this.#progress = start.progress
    this.#send = createDeliverer(start.webhook, start.secrets, deps)
  }

  get progress(): Progress {
    return this.#progress
  }

  stop(): void {
    this.#stopping.abort()
    setTimeout(() => this.#cutting.abort(), graceMs).unref()
  }

  /** Ends when it is stopped, or the webhook is disabled. */
  async run(): Promise<void> {
    const { signal } = this.#stopping
    let from = this.#progress.position
    while (!signal.aborted) {
      const { events, next } = await this.#next(from)
      for (const event of events) {
        this.pendingSince = event.place.time
        await this.#deliver(event)
        this.pendingSince = undefined
        if (signal.aborted) return
      }
      from = next
    }
  }

  /** What comes next in the log. Until it is there, dead letters that are due are sent again. */
  async #next(from: number): Promise<EventSlice> {
    const { signal } = this.#stopping
    const { service, filter, id } = this.#start.webhook
    let hasCome = false
    const coming = this.#deps.feed.next({ service, from, filter, signal })
    const noted = coming.then(
      () => {
        hasCome = true
      },
      () => {
        hasCome = true
      },
    )
    while (this.#hasDue && !hasCome && !signal.aborted) {
      const due = this.#deps.store.nextDue(id)
      this.#hasDue = due !== undefined
      if (due === undefined) break
      if (!this.#isDeadPaused) await this.#deliverDead(due)
      else await Promise.race([noted, this.#deadPauseEnds()])
    }
    return coming
  }

  /** Settles when the pause has ended, or at the next question. */
  #deadPauseEnds(): Promise<void> {
    this.#wake()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** A receiver that does not answer would hold up what is live for a timeout each time. */
  #pauseDead(attempt: Attempt): void {
    const { signal } = this.#stopping
    this.#isDeadPaused = true
    this.#deadUnanswered++
    void sleep(this.#waitMs(this.#deadUnanswered, attempt), signal).then(() => {
      this.#isDeadPaused = false
      this.#wake()
    })
  }

  /** Settles when the event is acknowledged or a dead letter, or the worker is stopped. */
  async #deliver(event: LedgerEvent): Promise<void> {
    const { signal } = this.#stopping
    const { signal: cut } = this.#cutting
    const { clock } = this.#deps
    let waitMs = Math.max(0, this.#progress.retryAt - clock.nowSeconds()) * 1000
    while (!signal.aborted) {
      await sleep(waitMs, signal)
      await this.#whileHeld()
      if (signal.aborted) return
      const attempt = await this.#send(messageOf(this.#start.webhook, event), cut)
      // Stopped while it was under way: what became of it is not known, so it is made again.
      if (signal.aborted && attempt.status === undefined) return
      if (attempt.reason === undefined) {
        return this.#record(event, attempt, {
          progress: { position: event.position + 1, attempts: 0, retryAt: 0 },
          result: 'delivered',
        })
      }
      const after = this.#failed(event, attempt)
      if (after === undefined) return
      waitMs = after
    }
  }

  /** Milliseconds until the next attempt; undefined where there is none. */
  #failed(event: LedgerEvent, attempt: Attempt): number | undefined {
    const { options } = this.#start
    const attempts = this.#progress.attempts + 1
    const failingSince = this.#progress.failingSince ?? attempt.time
    const { position } = event
    const isDead = attempts >= options.webhookAttemptsMax
    const waitMs = isDead ? undefined : this.#waitMs(attempts, attempt)
    const retryAt = attempt.time + Math.ceil((waitMs ?? 0) / 1000)
    const progress = isDead
      ? { position: position + 1, attempts: 0, retryAt: 0, failingSince }
      : { position, attempts, retryAt, failingSince }
    this.#record(event, attempt, { progress, result: isDead ? 'dead' : 'failed', attempts })
    return this.#disableIfHopeless(attempt, failingSince) ? undefined : waitMs
  }

  #waitMs(attempts: number, { retryAfter = 0 }: Attempt): number {
    const { options } = this.#start
    const asked = Math.min(retryAfter * 1000, options.webhookRetryMsMax)
    return Math.max(asked, backoffMs(attempts, options, this.#deps.chance))
  }

  #disableIfHopeless({ status, time, reason }: Attempt, failingSince: number): boolean {
    const { webhook, options } = this.#start
    const seconds = time - failingSince
    const isGone = status === 410
    if (!isGone && seconds < options.webhookDisableAfterSeconds) return false
    const last = status === undefined ? String(reason) : `HTTP ${status}`
    const why = isGone
      ? 'The receiver says that it is gone for good (HTTP 410).'
      : `Every delivery failed for ${seconds} s; the last one: ${last}.`
    this.#deps.store.later.disable(webhook.id, why)
    this.#deps.later.flush()
    this.#deps.onDisabled(why)
    this.stop()
    return true
  }

  #record(
    { position }: LedgerEvent,
    { status, reason, time, durationMs }: Attempt,
    end: { progress: Progress; result: DeliveryResult; attempts?: number },
  ): void {
    const attempt = end.attempts ?? this.#progress.attempts + 1
    this.#progress = end.progress
    const told = {
      ...(status === undefined ? {} : { status }),
      ...(reason === undefined ? {} : { reason }),
    }
    const { id } = this.#start.webhook
    const row = { webhook: id, position, attempt, result: end.result, ...told, time, durationMs }
    this.#deps.store.later.attempt(row, end.progress)
    this.#deps.onResult(end.result)
  }

  /** One attempt: what fails again waits for the next replay, and holds nothing up. */
  async #deliverDead(position: number): Promise<void> {
    const { signal } = this.#stopping
    const { webhook } = this.#start
    const { reader, store, later, onResult } = this.#deps
    await this.#whileHeld()
    const { events } = await reader.read(webhook.service, { from: position, limit: 1 })
    const event = events.find((one) => one.position === position)
    if (signal.aborted) return
    const sent = event && (await this.#send(messageOf(webhook, event), this.#cutting.signal))
    const gone = {
      reason: 'event_gone',
      time: this.#deps.clock.nowSeconds(),
      durationMs: 0,
    } as const
    const { retryAfter: _, ...attempt } = sent ?? { ...gone, retryAfter: 0 }
    if (signal.aborted && !('status' in attempt)) return
    if (sent && sent.status === undefined) this.#pauseDead(sent)
    else this.#deadUnanswered = 0
    const result = attempt.reason === undefined ? 'delivered' : 'failed'
    store.later.deadAttempt({ webhook: webhook.id, position, attempt: 1, result, ...attempt })
    onResult(result)
    // The list of what is due is read from disk.
    while (!later.flush() && !signal.aborted) await sleep(holdMs, signal)
  }

  /** Waits while the credential may not read, or the disk takes no progress. */
  async #whileHeld(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      this.held = this.#whyHeld()
      if (this.held === undefined) return
      await sleep(holdMs, signal)
    }
  }

  #whyHeld(): string | undefined {
    const { later, clock, standing } = this.#deps
    if (!later.isWorking) return 'STORE_COMMIT_FAILED'
    // Once a second: a question about state costs more than a delivery.
    const now = clock.nowSeconds()
    if (now === this.#lookedAt) return this.held
    this.#lookedAt = now
    return standing()
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
}
