import { Worker } from 'node:worker_threads'
import { assert } from '../kernel/assert.ts'
import {
  type AuthorityFields,
  type CheckAnswer,
  type CheckJob,
  type FoundKey,
  readRecord,
  recordBytes,
  type WorkerAnswer,
} from './check-messages.ts'
import { digestsBytes, type Refusal } from './check-statement.ts'

/** A statement whose form and signature hold. Byte fields are views on memory that it keeps. */
export type CheckedStatement = {
  readonly bytes: Uint8Array
  /** One object for all statements of one worker that share it, so that decisions can be kept. */
  readonly authority: AuthorityFields
  readonly iat: number
  readonly exp: number | undefined
  /** True where the statement has a `cti`; then `content` is what a repeat must share. */
  readonly isAct: boolean
  readonly isKeyed: boolean
  readonly identity: Uint8Array
  readonly content: Uint8Array
  readonly leaf: Uint8Array
}

export type CheckResult = CheckedStatement | Refusal

export const isRefusal = (result: CheckResult): result is Refusal => 'code' in result

export type CheckPoolOptions = { readonly workers: number }
export type CheckPoolDeps = {
  /** The registered key, or undefined. Called on the main thread. */
  readonly findKey: (kid: Uint8Array) => FoundKey | undefined
  /** A worker died: nothing can be verified any more. */
  readonly onFailure: (error: Error) => void
}

/** Parses and verifies statements on worker threads. */
export interface CheckPool {
  /** One result each, in order. Bytes are copied. Never rejects; after `close` never settles. */
  check(statements: readonly Uint8Array[]): Promise<CheckResult[]>
  close(): Promise<void>
}

/** Long enough that passing a job costs little, short enough that workers share the work. */
const jobStatementsMax = 125
/** A queue longer than this is shared among the workers, however idle the first one is. */
const jobStatementsMin = 32
/** One being worked on, one waiting, so that a worker never starves. */
const jobsPerWorkerMax = 2

/** A worker keeps little: left alone, V8 gives each 48 MB for what is young. */
const youngMegabytes = 16

type Batch = {
  readonly results: CheckResult[]
  left: number
  readonly done: (results: CheckResult[]) => void
}
type Item = { readonly bytes: Uint8Array; readonly batch: Batch; readonly place: number }
type Lane = { readonly worker: Worker; jobs: number; authorities: Map<number, AuthorityFields> }

/** Starts the workers. @throws nothing: a worker that cannot start calls `onFailure` */
export function createCheckPool({ workers }: CheckPoolOptions, deps: CheckPoolDeps): CheckPool {
  const queue: Item[] = []
  // By job id, which is a place here. No Map: V8 chains the tables that one has outgrown, and what
  // such a chain holds lives until the next full collection (ADR 0013).
  const jobs = new Array<Item[] | undefined>(workers * jobsPerWorkerMax).fill(undefined)
  let closing = false
  let isScheduled = false

  const lanes = Array.from({ length: workers }, (): Lane => {
    const worker = new Worker(new URL(workerFile, import.meta.url), {
      workerData: 'check-statements',
      resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes },
    })
    const lane: Lane = { worker, jobs: 0, authorities: new Map() }
    worker.on('message', (answer: WorkerAnswer) => receive(lane, answer))
    worker.on('error', deps.onFailure)
    return lane
  })

  function receive(lane: Lane, answer: WorkerAnswer): void {
    if ('needKeys' in answer) {
      const keys = answer.needKeys.flatMap((kid) => deps.findKey(kid) ?? [])
      lane.worker.postMessage({ id: answer.id, keys })
      return
    }
    lane.jobs--
    const items = jobs[answer.id]
    jobs[answer.id] = undefined
    assert(items !== undefined, 'a worker answers the job it was given')
    if (answer.restarts) lane.authorities = new Map()
    for (const [id, fields] of answer.named) lane.authorities.set(id, fields)
    settle(items, resultsOf(answer, lane.authorities))
    dispatch()
  }

  /** Gives the least busy worker what has gathered, while any has room. */
  function dispatch(): void {
    isScheduled = false
    while (queue.length > 0 && !closing) {
      const lane = lanes.reduce((least, one) => (one.jobs < least.jobs ? one : least))
      if (lane.jobs >= jobsPerWorkerMax) return
      const share = Math.max(jobStatementsMin, Math.ceil(queue.length / lanes.length))
      const items = queue.splice(0, Math.min(jobStatementsMax, share))
      const id = jobs.indexOf(undefined)
      jobs[id] = items
      lane.jobs++
      const job = jobOf(id, items)
      lane.worker.postMessage(job, [job.bytes])
    }
  }

  return {
    check: (statements) =>
      new Promise((done) => {
        const batch = { results: [], left: statements.length, done }
        if (batch.left === 0) done([])
        statements.forEach((bytes, place) => {
          queue.push({ bytes, batch, place })
        })
        // Enough for a job goes at once: the workers begin while this thread reads on. Less waits
        // for the end of the turn, so that what arrives together travels together.
        if (queue.length >= jobStatementsMin) dispatch()
        else if (!isScheduled) {
          isScheduled = true
          setImmediate(dispatch)
        }
      }),
    close: async () => {
      closing = true
      await Promise.all(lanes.map(({ worker }) => worker.terminate()))
    },
  }
}

/** The worker's file beside this one: .ts in a clone, .js in the published package. */
const workerFile = import.meta.url.endsWith('.ts') ? './check-worker.ts' : './check-worker.js'

function jobOf(id: number, items: readonly Item[]): CheckJob {
  const offsets = new Uint32Array(items.length + 1)
  let length = 0
  items.forEach(({ bytes }, i) => {
    offsets[i] = length
    length += bytes.length
  })
  offsets[items.length] = length
  const buffer = new Uint8Array(length)
  items.forEach(({ bytes }, i) => {
    buffer.set(bytes, offsets[i])
  })
  return { id, bytes: buffer.buffer, offsets }
}

function resultsOf(answer: CheckAnswer, authorities: Map<number, AuthorityFields>): CheckResult[] {
  const refused = new Map(answer.refusals)
  const view = new DataView(answer.records)
  return Array.from({ length: answer.offsets.length - 1 }, (_, i) => {
    const refusal = refused.get(i)
    if (refusal) return refusal
    const { authority, iat, exp, isAct, isKeyed } = readRecord(view, i)
    const fields = authorities.get(authority)
    assert(fields !== undefined, 'a worker names an authority before it uses its number')
    const start = answer.offsets[i] ?? 0
    const digests = i * recordBytes
    return {
      authority: fields,
      iat,
      exp,
      isAct,
      isKeyed,
      bytes: new Uint8Array(answer.bytes, start, (answer.offsets[i + 1] ?? 0) - start),
      identity: new Uint8Array(answer.records, digests, 32),
      content: new Uint8Array(answer.records, digests + 32, 32),
      leaf: new Uint8Array(answer.records, digests + 64, digestsBytes - 64),
    }
  })
}

function settle(items: readonly Item[], results: readonly CheckResult[]): void {
  items.forEach(({ batch, place }, i) => {
    const result = results[i]
    assert(result !== undefined, 'a worker answers every statement')
    batch.results[place] = result
    batch.left--
    if (batch.left === 0) batch.done(batch.results)
  })
}
