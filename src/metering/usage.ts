import { isCodedError, parseStatement, reservedPrefix } from '@openbsn/sdk'
import { LogFollower, type Step } from '../ledger/projection/log-follower.ts'
import type { StoreKey, Table } from '../storage/store.ts'

/** What usage is counted from: the log, from an index on, and the times of its blocks. */
export type UsageSource = {
  /** Entries that are committed. */
  size(): number
  entriesFrom(from: number): Iterable<{
    readonly index: number
    readonly height: number
    readonly bytes: Uint8Array
  }>
  /** Seconds since 1970. */
  timeOf(height: number): number
}

export type UsageDeps = {
  readonly source: UsageSource
  readonly onFailure: (error: Error) => void
}

/** An entry as the commit knows it. */
export type UsedEntry = {
  readonly bytes: Uint8Array
  readonly authority: { readonly sub: string; readonly iss: string; readonly credential?: string }
}

/** What one credential wrote to a service on one day. */
export type UsageRow = {
  readonly service: string
  /** The credential, or the member that signed by itself. */
  readonly credential: string
  /** Days since 1970, by block time. */
  readonly day: number
  readonly entries: number
  /** Of the registered statements, whole. */
  readonly bytes: number
}

export type UsageFilter = {
  readonly service?: string
  readonly credential?: string
  readonly fromDay: number
  /** Exclusive. */
  readonly toDay: number
  /** Goes on behind this row. */
  readonly after?: Pick<UsageRow, 'service' | 'day' | 'credential'>
  readonly limit: number
}

/** Answers by service and day; `position`: the first entry that is not counted yet. */
export interface UsageQuery {
  readonly position: number
  /** Entries that were counted, less those of the log before `position`: 0, or it is wrong. */
  difference(): number
  list(
    filter: UsageFilter,
  ): Promise<{ readonly rows: readonly UsageRow[]; readonly position: number }>
}

/** Counters need no haste: one write a second costs the disk next to nothing. */
const writeDelayMs = 1000
const secondsOfDay = 86_400

/**
 * Counters of records by service, day and credential. Made from the log, beside consensus:
 * deleted, they are made again.
 */
export class Usage implements UsageQuery {
  readonly #log: LogFollower<UsageStep>
  readonly #days: Table
  /** Under `all`: entries of every kind that were counted, records and acts. */
  readonly #sums: Table

  constructor({ folder }: { readonly folder: string }, { source, onFailure }: UsageDeps) {
    this.#log = new LogFollower(
      { folder, writeDelayMs },
      {
        size: () => source.size(),
        begin: (first) => new UsageStep(first),
        read: (first, end) => readStep(source, first, end),
        put: (step, isFresh) => this.#put(step, isFresh),
        onFailure,
      },
    )
    this.#days = this.#log.table('days')
    this.#sums = this.#log.table('sums')
  }

  /** The first index that is not counted yet. */
  get position(): number {
    return this.#log.position
  }

  /** Entries of a block, in order, so that they need not be read again. */
  offer(first: number, time: number, entries: readonly UsedEntry[]): void {
    this.#log.offer(first, entries.length, (step) => step.addBlock(dayOf(time), entries))
  }

  /** Counts what the log has by now. Many calls at once do it once. @throws LEDGER_STOPPED */
  advance(): Promise<void> {
    return this.#log.advance()
  }

  difference(): number {
    const position = this.#log.storedPosition
    return (this.#sums.get('all')?.readDoubleBE() ?? position) - position
  }

  #put({ first, acts, counters }: UsageStep, isFresh: boolean): void {
    if (isFresh) this.#days.clear()
    // Of tables that were made before this sum was kept, it is taken for right.
    let all = (isFresh ? undefined : this.#sums.get('all')?.readDoubleBE()) ?? first
    all += acts
    for (const { service, day, credential, entries, bytes } of counters()) {
      const key = [service, day, credential]
      const before = isFresh ? undefined : this.#days.get(key)
      const sums = Buffer.alloc(16)
      sums.writeDoubleBE((before?.readDoubleBE(0) ?? 0) + entries, 0)
      sums.writeDoubleBE((before?.readDoubleBE(8) ?? 0) + bytes, 8)
      this.#days.put(key, sums)
      all += entries
    }
    const sum = Buffer.alloc(8)
    sum.writeDoubleBE(all)
    this.#sums.put('all', sum)
  }

  /** @throws LISTS_BEHIND, LEDGER_STOPPED (both retryable) */
  async list(filter: UsageFilter) {
    await this.#log.settle()
    const { service, limit } = filter
    const rows: UsageRow[] = []
    for (const { key, value } of this.#days.range({ start: startOf(filter) })) {
      const row = rowOf(key, value)
      if (rows.length === limit || (service !== undefined && row.service !== service)) break
      if (matches(row, filter)) rows.push(row)
    }
    return { rows, position: this.position }
  }

  close(): Promise<void> {
    return this.#log.close()
  }
}

function readStep(source: UsageSource, first: number, end: number): UsageStep {
  const step = new UsageStep(first)
  for (const { index, height, bytes } of source.entriesFrom(first)) {
    if (index >= end) break
    step.add(dayOf(source.timeOf(height)), authorityOf(bytes), bytes.length)
  }
  return step
}

const dayOf = (time: number) => Math.floor(time / secondsOfDay)

type Authority = UsedEntry['authority']
type Sums = { entries: number; bytes: number }

class UsageStep implements Step {
  readonly first: number
  end: number
  /** Entries that are no records. */
  acts = 0
  /** By day, then by authority: one object stands for many statements. */
  readonly #days = new Map<number, Map<Authority, Sums>>()

  constructor(first: number) {
    this.first = first
    this.end = first
  }

  addBlock(day: number, entries: readonly UsedEntry[]): void {
    for (const { bytes, authority } of entries) this.add(day, authority, bytes.length)
  }

  add(day: number, authority: Authority | undefined, bytes: number): void {
    this.end++
    if (!authority || authority.sub.startsWith(reservedPrefix)) {
      this.acts++
      return
    }
    const sums = this.#sums(day, authority)
    sums.entries++
    sums.bytes += bytes
  }

  #sums(day: number, authority: Authority): Sums {
    const ofDay = this.#days.get(day) ?? new Map<Authority, Sums>()
    this.#days.set(day, ofDay)
    const sums = ofDay.get(authority) ?? { entries: 0, bytes: 0 }
    ofDay.set(authority, sums)
    return sums
  }

  /** One row for each counter: several authorities can stand for one credential. */
  readonly counters = (): UsageRow[] => {
    const rows = new Map<string, Sums & Omit<UsageRow, 'entries' | 'bytes'>>()
    for (const [day, authorities] of this.#days) {
      for (const [{ sub: service, iss, credential = iss }, { entries, bytes }] of authorities) {
        const name = JSON.stringify([service, day, credential])
        const row = rows.get(name) ?? { service, day, credential, entries: 0, bytes: 0 }
        row.entries += entries
        row.bytes += bytes
        rows.set(name, row)
      }
    }
    return [...rows.values()]
  }
}

function startOf({ service, fromDay, after }: UsageFilter): StoreKey {
  if (after) return [after.service, after.day, after.credential]
  return service === undefined ? '' : [service, fromDay]
}

function matches(row: UsageRow, { credential, fromDay, toDay, after }: UsageFilter): boolean {
  if (row.day < fromDay || row.day >= toDay) return false
  if (credential !== undefined && row.credential !== credential) return false
  const { service, day } = row
  return service !== after?.service || day !== after.day || row.credential !== after.credential
}

function rowOf(key: StoreKey, value: Buffer): UsageRow {
  const [service, day, credential] = Array.isArray(key) ? key : []
  const place = { service: String(service), day: Number(day), credential: String(credential) }
  return { ...place, entries: value.readDoubleBE(0), bytes: value.readDoubleBE(8) }
}

function authorityOf(bytes: Uint8Array): Authority | undefined {
  try {
    return parseStatement(bytes).claims
  } catch (error) {
    // A damaged entry must not stop the others; `bsn ledger verify` names it.
    if (isCodedError(error)) return undefined
    throw error
  }
}
