import { Worker } from 'node:worker_threads'
import type { Answer, Job, Result } from './messages.ts'

/** A job under way. */
export type Pending = { readonly id: number; readonly result: Promise<Result> }

/** Gives entries to threads and takes their results. */
export interface VerifyPool {
  start(entries: readonly Uint8Array[]): Pending
  /**
   * Everything before this job is replayed. Until then a job that names a key which is not
   * registered waits; from then on it goes on up to the first entry with such a key.
   */
  reached(id: number): void
  close(): Promise<void>
}

export type VerifyPoolDeps = {
  /** The COSE key that is registered under an id (hex) as far as the replay is. */
  readonly findKey: (kid: string) => Buffer | undefined
}

const workerFile = import.meta.url.endsWith('.ts') ? './verify-worker.ts' : './verify-worker.js'

type Lane = { readonly worker: Worker; jobs: number }
type Open = {
  readonly lane: Lane
  readonly settle: (result: Result) => void
  readonly fail: (error: Error) => void
  needKeys?: readonly string[]
}

/** Starts `workers` threads. */
export function createVerifyPool(
  { workers }: { readonly workers: number },
  { findKey }: VerifyPoolDeps,
): VerifyPool {
  const open = new Map<number, Open>()
  let made = 0
  let reachedTo = -1

  const lanes = Array.from({ length: workers }, (): Lane => {
    const worker = new Worker(new URL(workerFile, import.meta.url), {
      workerData: 'verify-entries',
    })
    worker.on('message', (answer: Answer) => {
      const job = open.get(answer.id)
      if (!job) return
      if ('records' in answer) return settle(answer, job)
      job.needKeys = answer.needKeys
      const isKnown = answer.needKeys.every((kid) => findKey(kid) !== undefined)
      if (isKnown || answer.id <= reachedTo) tell(answer.id, job)
    })
    worker.on('error', (error: Error) => {
      for (const { fail } of open.values()) fail(error)
    })
    return { worker, jobs: 0 }
  })

  function settle(result: Result, job: Open): void {
    open.delete(result.id)
    job.lane.jobs--
    job.settle(result)
  }

  function tell(id: number, { lane, needKeys = [] }: Open): void {
    const keys = needKeys.flatMap((kid) => {
      const coseKey = findKey(kid)
      return coseKey ? [[kid, coseKey] as const] : []
    })
    lane.worker.postMessage({ id, keys })
  }

  return {
    start: (entries) => {
      const id = made++
      const { bytes, offsets } = joined(entries)
      const lane = lanes.reduce((least, one) => (one.jobs < least.jobs ? one : least))
      const { promise: result, resolve, reject } = Promise.withResolvers<Result>()
      // Heard when its turn comes; a failure before that must not end the process by itself.
      result.catch(() => undefined)
      open.set(id, { lane, settle: resolve, fail: reject })
      lane.jobs++
      lane.worker.postMessage({ id, bytes, offsets } satisfies Job, [bytes])
      return { id, result }
    },
    reached: (id) => {
      reachedTo = id
      const job = open.get(id)
      if (job?.needKeys) tell(id, job)
    },
    close: async () => {
      await Promise.all(lanes.map(({ worker }) => worker.terminate()))
    },
  }
}

function joined(entries: readonly Uint8Array[]): Omit<Job, 'id'> {
  const offsets = new Uint32Array(entries.length + 1)
  entries.forEach((entry, i) => {
    offsets[i + 1] = (offsets[i] ?? 0) + entry.length
  })
  const bytes = new Uint8Array(offsets[entries.length] ?? 0)
  entries.forEach((entry, i) => {
    bytes.set(entry, offsets[i])
  })
  return { bytes: bytes.buffer, offsets }
}
