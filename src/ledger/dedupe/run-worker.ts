import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { identityBytes, type MemtableContent, word } from './memtable.ts'
import { entryBytes, RunFile, type RunHead, RunWriter } from './run-file.ts'

/** Makes run files, away from the main thread: from a full memtable, or from smaller runs. */

export type RunJob =
  | { readonly path: string; readonly content: MemtableContent }
  | { readonly path: string; readonly merge: readonly string[] }

/** Places of a memtable are below 2^20, so that 32 bits of identity and a place fit a double. */
const placeFactor = 2 ** 20

/** Sorts by identity: natively by the first 32 bits, then what is equal there by all. */
function sortedPlaces(identities: Buffer, count: number): Float64Array {
  const keys = Float64Array.from(
    { length: count },
    (_, place) => word(identities, place * identityBytes) * placeFactor + place,
  ).sort()
  for (let start = 0; start < count; ) {
    let end = start + 1
    const prefix = Math.floor((keys[start] ?? 0) / placeFactor)
    while (end < count && Math.floor((keys[end] ?? 0) / placeFactor) === prefix) end++
    if (end - start > 1) {
      const at = (key: number) => (key % placeFactor) * identityBytes
      keys
        .subarray(start, end)
        .sort((a, b) =>
          identities.compare(
            identities,
            at(b),
            at(b) + identityBytes,
            at(a),
            at(a) + identityBytes,
          ),
        )
    }
    start = end
  }
  return keys.map((key) => key % placeFactor)
}

function writeMemtable(path: string, { from, count, identities, days }: MemtableContent): RunHead {
  const all = Buffer.from(identities)
  const writer = new RunWriter(path, count)
  for (const place of sortedPlaces(all, count)) {
    writer.add(all.subarray(place * identityBytes, (place + 1) * identityBytes), from + place)
  }
  let dayMin = 0xffffffff
  let dayMax = 0
  for (const day of new Uint32Array(days, 0, count)) {
    if (day < dayMin) dayMin = day
    if (day > dayMax) dayMax = day
  }
  const head = { count, dayMin, dayMax }
  writer.finish(head)
  return head
}

/** Reads a run from front to back, a megabyte at a time. */
class Cursor {
  readonly #run: RunFile
  readonly #buffer = Buffer.alloc(entryBytes * 25_000)
  #block = Buffer.alloc(0)
  #at = 0
  #next = 0

  constructor(run: RunFile) {
    this.#run = run
    this.advance()
  }

  /** The entry at hand; undefined behind the last one. */
  get entry(): Buffer | undefined {
    return this.#at < this.#block.length
      ? this.#block.subarray(this.#at, this.#at + entryBytes)
      : undefined
  }

  advance(): void {
    this.#at += entryBytes
    if (this.#at < this.#block.length) return
    const count = Math.min(25_000, this.#run.count - this.#next)
    this.#block = count > 0 ? this.#run.read(this.#next, count, this.#buffer) : Buffer.alloc(0)
    this.#next += count
    this.#at = 0
  }
}

function mergeRuns(path: string, paths: readonly string[]): RunHead {
  const runs = paths.map((one) => new RunFile(one))
  const count = runs.reduce((sum, run) => sum + run.count, 0)
  const writer = new RunWriter(path, count)
  const cursors = runs.map((run) => new Cursor(run))
  for (let done = 0; done < count; done++) {
    let least: Cursor | undefined
    for (const cursor of cursors) {
      if (cursor.entry && (!least?.entry || cursor.entry.compare(least.entry) < 0)) least = cursor
    }
    const entry = least?.entry
    if (!least || !entry) break
    writer.add(entry.subarray(0, identityBytes), Number(entry.readBigUInt64BE(identityBytes)))
    least.advance()
  }
  const head = {
    count,
    dayMin: Math.min(...runs.map((run) => run.dayMin)),
    dayMax: Math.max(...runs.map((run) => run.dayMax)),
  }
  writer.finish(head)
  for (const run of runs) run.close()
  return head
}

if (!isMainThread && workerData === 'dedupe-runs') {
  parentPort?.on('message', (job: RunJob) => {
    if ('content' in job) writeMemtable(job.path, job.content)
    else mergeRuns(job.path, job.merge)
    parentPort?.postMessage(job.path)
  })
}
