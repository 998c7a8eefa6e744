import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'
import { createPrng, type Prng } from '../../src/testing/prng.ts'
import { serveParent } from '../network/program.ts'
import { type HttpAnswer, HttpConnection } from './http-connection.ts'
import { createMeter, type Meter } from './meter.ts'
import type { LoadPlan, LoadResult } from './plan.ts'
import { createRequests, type Requests } from './requests.ts'

/** A connection with the buffer of its request. */
type Lane = { readonly connection: HttpConnection; readonly request: Buffer; dueMs: number }

/**
 * The load generator, a process of its own: it has to be cheap, because it shares the cores with
 * what it measures.
 */
class Generator {
  readonly #plan: LoadPlan
  readonly #requests: Requests
  readonly #meter: Meter
  readonly #done: (result: LoadResult) => void
  readonly #lanes: Lane[]
  readonly #idle: Lane[] = []
  #busy = 0
  #dueMs = performance.now()
  #isOver = false
  #timers: readonly (NodeJS.Timeout | undefined)[] = []
  #prng: Prng | undefined

  constructor(plan: LoadPlan, done: (result: LoadResult) => void) {
    this.#plan = plan
    this.#done = done
    if (plan.arrivalsSeed !== undefined) this.#prng = createPrng(plan.arrivalsSeed)
    this.#requests = createRequests(plan.work)
    this.#meter = createMeter(plan)
    this.#lanes = Array.from({ length: plan.connections }, (_, i) => {
      return this.#createLane(plan.ports[i % plan.ports.length] ?? 0)
    })
  }

  #createLane(port: number): Lane {
    const connection = new HttpConnection(port, {
      onAnswer: (answer) => this.#answered(lane, answer),
      onProblem: (what) => this.#finish(what),
    })
    const lane = { connection, request: this.#requests.buffer(), dueMs: 0 }
    return lane
  }

  start(): void {
    const { requestsPerSecond } = this.#plan
    const pace =
      requestsPerSecond === undefined
        ? undefined
        : setInterval(() => this.#sendDue(requestsPerSecond), 1)
    const end = () => this.#finish()
    this.#timers = [pace, setTimeout(end, this.#meter.end - performance.now())]
    for (const lane of this.#lanes) this.#next(lane)
  }

  /** What a connection does that has nothing under way. */
  #next(lane: Lane): void {
    const { requestsPerSecond } = this.#plan
    if (requestsPerSecond === undefined) {
      this.#send(lane, performance.now())
    } else {
      this.#idle.push(lane)
      this.#sendDue(requestsPerSecond)
    }
  }

  /** A request is due at its time and its latency counts from then, even where no lane is idle. */
  #sendDue(perSecond: number): void {
    while (!this.#isOver) {
      const dueMs = this.#dueMs
      if (dueMs > performance.now()) return
      // The one that waited longest: a gateway closes connections that send nothing for a minute.
      const lane = this.#idle.shift()
      if (!lane) return
      this.#dueMs += (1000 / perSecond) * this.#gap()
      this.#send(lane, dueMs)
    }
  }

  /** Until the next request is due, in mean gaps: exponential where arrivals are random. */
  #gap(): number {
    return this.#prng ? -Math.log(this.#prng.int(1, 1e9) / 1e9) : 1
  }

  #send(lane: Lane, dueMs: number): void {
    if (!this.#requests.fill(lane.request)) {
      this.#finish()
      return
    }
    this.#busy++
    lane.dueMs = dueMs
    lane.connection.send(lane.request)
  }

  #answered(lane: Lane, answer: HttpAnswer): void {
    this.#busy--
    const appended = this.#requests.appended(answer)
    if (typeof appended === 'string') {
      this.#finish(appended)
      return
    }
    this.#meter.answered(appended, lane.dueMs)
    if (this.#isOver) this.#finish()
    else this.#next(lane)
  }

  /** Sends nothing more; ends with the last answer, or at once where something is wrong. */
  #finish(problem?: string): void {
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#meter.stop()
    if (problem === undefined && this.#busy > 0) return
    for (const { connection } of this.#lanes) connection.close()
    this.#done(this.#meter.result(problem?.slice(0, 1000)))
  }
}

/** Those of V8 and libuv, too: each thread has a priority of its own. */
function comeLast(): void {
  if (process.platform !== 'linux') return
  for (const thread of readdirSync('/proc/self/task')) setPriority(Number(thread), 19)
}

serveParent((plan: LoadPlan) => {
  if (plan.comesLast) comeLast()
  return new Promise<LoadResult>((resolve) => new Generator(plan, resolve).start())
})
