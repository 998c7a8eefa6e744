import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { assert } from '../../kernel/assert.ts'
import { dayOf, Memtable, type MemtableMemory } from './memtable.ts'
import { RunFile } from './run-file.ts'
import type { RunJob } from './run-worker.ts'

/** Which runs make up the index; kept in the ledger's store, with the block that it belongs to. */
export type Manifest = {
  /** Entries below this index are in runs; later ones are read back into memory at a start. */
  readonly flushedTo: number
  readonly runs: readonly { readonly name: string; readonly from: number; readonly to: number }[]
}

export const emptyManifest: Manifest = { flushedTo: 0, runs: [] }

export type DedupeOptions = {
  readonly folder: string
  readonly manifest: Manifest
  /** Entries of one memtable: a power of two, at most 2^20. */
  readonly memtableEntries?: number
  /** As many runs of one size class are merged into one. */
  readonly fanIn?: number
}

export type DedupeDeps = { readonly onFailure: (error: Error) => void }

type Run = {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly file: RunFile
}

const workerFile = import.meta.url.endsWith('.ts') ? './run-worker.ts' : './run-worker.js'

/**
 * Finds the entry of an identity among all there ever were. The newest are in memory; older ones in
 * sorted files with filters, by days of `iat`: an identity that is a hash has its own day only, one
 * that comes from a `cti` is looked up over all days, because a retry may carry another `iat`.
 */
export class DedupeIndex {
  readonly #options: Required<DedupeOptions>
  readonly #onFailure: (error: Error) => void
  #runs: Run[] = []
  /** Oldest first; the last one takes new entries, the others wait to be written. */
  #tables: Memtable[]
  /**
   * Of a table that is written, for the next one: what two threads share is freed only when both
   * have collected their garbage, and the worker, who makes little of it, may not for hours.
   */
  #spare: MemtableMemory | undefined
  #worker: Worker | undefined
  #job: ((path: string) => void) | undefined
  #made = 0
  #manifest: Manifest
  #outdated: Run[] = []
  #closing = false
  #pins = 0

  constructor(options: DedupeOptions, { onFailure }: DedupeDeps) {
    this.#options = { memtableEntries: 2 ** 19, fanIn: 8, ...options }
    this.#onFailure = onFailure
    this.#manifest = options.manifest
    mkdirSync(options.folder, { recursive: true, mode: 0o700 })
    this.#removeStrays()
    for (const { name, from, to } of options.manifest.runs) {
      this.#runs.push({ name, from, to, file: new RunFile(join(options.folder, name)) })
      this.#made = Math.max(this.#made, Number.parseInt(name, 10) + 1)
    }
    this.#tables = [new Memtable(options.manifest.flushedTo, this.#options.memtableEntries)]
  }

  /** Files that no manifest names: work that a crash cut short. */
  #removeStrays(): void {
    const { folder, manifest } = this.#options
    const known = new Set(manifest.runs.map(({ name }) => name))
    for (const name of readdirSync(folder)) {
      if (!known.has(name)) rmSync(join(folder, name))
    }
  }

  /** What to store with the next block. Runs that it no longer names go after `manifestStored`. */
  get manifest(): Manifest {
    return this.#manifest
  }

  /** `stored`: what a block was written with; a merge may have ended since it was asked for. */
  manifestStored(stored: Manifest): void {
    if (this.#pins > 0) return
    const named = new Set(stored.runs.map(({ name }) => name))
    for (const { name, file } of this.#outdated) {
      if (named.has(name)) continue
      file.close()
      rmSync(join(this.#options.folder, name), { force: true })
    }
    this.#outdated = this.#outdated.filter(({ name }) => named.has(name))
  }

  /** Index of the first entry with this identity. `isAct`: it comes from a `cti`. */
  find(identity: Uint8Array, { isAct, iat }: { isAct: boolean; iat: number }): number | undefined {
    for (let i = this.#tables.length - 1; i >= 0; i--) {
      const index = this.#tables[i]?.find(identity)
      if (index !== undefined) return index
    }
    const day = dayOf(iat)
    for (const { file } of this.#runs) {
      if (!isAct && (day < file.dayMin || day > file.dayMax)) continue
      const index = file.find(identity)
      if (index !== undefined) return index
    }
    return undefined
  }

  /** Takes the identity of the next entry. */
  add(identity: Uint8Array, iat: number): void {
    let table = this.#tables.at(-1)
    assert(table !== undefined, 'one table always takes new entries')
    if (table.isFull) {
      const { memtableEntries } = this.#options
      table = new Memtable(table.from + memtableEntries, memtableEntries, this.#spare)
      this.#spare = undefined
      this.#tables.push(table)
      this.#work()
    }
    table.add(identity, dayOf(iat))
  }

  /** Starts the next piece of work for the worker, if there is any and it is idle. */
  #work(): void {
    if (this.#job || this.#closing) return
    const [table, next] = this.#tables
    if (table && next) {
      this.#start({ content: table.content }, (run) => this.#tableWritten(run))
      return
    }
    const group = this.#mergeGroup()
    if (group)
      this.#start({ merge: group.map(({ file }) => file.path) }, (run) => this.#merged(group, run))
  }

  #start(
    what: { content: Memtable['content'] } | { merge: string[] },
    done: (file: RunFile) => void,
  ): void {
    const path = join(this.#options.folder, `${this.#made++}.run`)
    this.#worker ??= this.#startWorker()
    this.#worker.ref()
    this.#job = () => {
      this.#job = undefined
      this.#worker?.unref()
      done(new RunFile(path))
      this.#work()
    }
    this.#worker.postMessage({ path, ...what } satisfies RunJob)
  }

  #startWorker(): Worker {
    const worker = new Worker(new URL(workerFile, import.meta.url), { workerData: 'dedupe-runs' })
    worker.on('message', (path: string) => this.#job?.(path))
    worker.on('error', this.#onFailure)
    return worker
  }

  #tableWritten(file: RunFile): void {
    const written = this.#tables.shift()
    assert(written !== undefined, 'a table is kept until its file is written')
    const { from } = written
    this.#spare = written.memory
    this.#runs.push({ name: nameOf(file), from, to: from + file.count, file })
    this.#updateManifest()
  }

  /** Neighbours of one size class; a class is `fanIn` times the one below. */
  #mergeGroup(): Run[] | undefined {
    const { fanIn, memtableEntries } = this.#options
    const classOf = ({ file }: Run) =>
      Math.round(Math.log(file.count / memtableEntries) / Math.log(fanIn))
    for (let start = 0; start + fanIn <= this.#runs.length; start++) {
      const group = this.#runs.slice(start, start + fanIn)
      if (new Set(group.map(classOf)).size === 1) return group
    }
    return undefined
  }

  #merged(group: readonly Run[], file: RunFile): void {
    const [first] = group
    const last = group.at(-1)
    assert(first !== undefined && last !== undefined, 'a merge has runs')
    const merged = { name: nameOf(file), from: first.from, to: last.to, file }
    this.#runs = this.#runs.flatMap((run) => {
      if (run === first) return [merged]
      return group.includes(run) ? [] : [run]
    })
    this.#outdated.push(...group)
    this.#updateManifest()
  }

  #updateManifest(): void {
    this.#manifest = {
      flushedTo: this.#runs.at(-1)?.to ?? 0,
      runs: this.#runs.map(({ name, from, to }) => ({ name, from, to })),
    }
  }

  /** Keeps every file that a stored manifest may name, until the returned function is called. */
  pin(): () => void {
    this.#pins++
    return () => {
      this.#pins--
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    await this.#worker?.terminate()
    for (const { file } of [...this.#runs, ...this.#outdated]) file.close()
  }
}

function nameOf({ path }: RunFile): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
