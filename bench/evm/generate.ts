import { readFileSync } from 'node:fs'
import { createMeter, type Meter } from '../load/meter.ts'
import type { LoadResult } from '../load/plan.ts'
import { serveParent } from '../network/program.ts'
import { openRpc, type RpcConnection } from './rpc-connection.ts'
import type { RpcPlan } from './rpc-plan.ts'

type Lane = {
  readonly connection: RpcConnection
  readonly requests: readonly Buffer[]
  next: number
  sentMs: number
}

/** Sends as soon as it is answered, on every connection, until requests or time are over. */
class Generator {
  readonly #plan: RpcPlan
  readonly #meter: Meter
  readonly #done: (result: LoadResult) => void
  readonly #lanes: Lane[]
  readonly #timer: NodeJS.Timeout
  #busy = 0
  #isOver = false

  constructor(plan: RpcPlan, done: (result: LoadResult) => void) {
    this.#plan = plan
    this.#done = done
    this.#lanes = plan.files.map((file) => this.#createLane(file))
    this.#meter = createMeter(plan)
    this.#timer = setTimeout(() => this.#finish(), this.#meter.end - performance.now())
    for (const lane of this.#lanes) this.#next(lane)
  }

  #createLane(file: string): Lane {
    const connection = openRpc(this.#plan.target, {
      onProblem: (what) => this.#finish(what),
      onAnswer: (body) => this.#answered(lane, body),
    })
    const lines = readFileSync(file, 'latin1').trimEnd().split('\n')
    const requests = lines.map((line) => connection.framed(Buffer.from(line, 'latin1')))
    const lane: Lane = { connection, requests, next: 0, sentMs: 0 }
    return lane
  }

  #next(lane: Lane): void {
    const { requests, next } = lane
    const request = requests[this.#plan.isOnce ? next : next % requests.length]
    // The first that runs out ends it for all: fewer connections would be another load.
    if (!request) {
      this.#finish()
      return
    }
    lane.next++
    this.#busy++
    lane.sentMs = performance.now()
    lane.connection.send(request)
  }

  #answered(lane: Lane, body: Buffer): void {
    this.#busy--
    if (body.includes('"error"')) {
      this.#finish(body.toString('utf8', 0, 500))
      return
    }
    this.#meter.answered(this.#plan.perRequest, lane.sentMs)
    if (this.#isOver) this.#finish()
    else this.#next(lane)
  }

  #finish(problem?: string): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#meter.stop()
    if (problem === undefined && this.#busy > 0) return
    for (const { connection } of this.#lanes) connection.close()
    this.#done(this.#meter.result(problem))
  }
}

serveParent((plan: RpcPlan) => new Promise<LoadResult>((resolve) => new Generator(plan, resolve)))
