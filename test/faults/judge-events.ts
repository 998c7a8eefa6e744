import assert from 'node:assert/strict'
import { toBase64url } from '@openbsn/sdk'
import type { Had, Line } from './history.ts'
import type { SeenLog } from './seen-log.ts'

/** The ids of events as readers had them: one position, one id, whoever had it. */
export class EventIds {
  readonly #ids = new Map<number, string>()
  readonly #positions = new Map<string, number>()

  take({ position, id }: Pick<Had, 'position' | 'id'>): void {
    const known = this.#ids.get(position) ?? id
    assert.equal(id, known, `the event at ${position} had the id ${known} before`)
    const place = this.#positions.get(id) ?? position
    assert.equal(position, place, `the id ${id} was the one of ${place} before`)
    this.#ids.set(position, id)
    this.#positions.set(id, position)
  }
}

export type ReaderHistory = {
  readonly name: string
  readonly service: string
  readonly history: readonly Line[]
  /** First position that the reader wants at all. */
  readonly from: number
  /**
   * How it is connected: a stream says when it is opened, and what it gets then is in order without
   * repeats; a receiver of webhooks may get again what it said yes to.
   */
  readonly kind: 'stream' | 'webhook'
}

/**
 * Judges what one reader of events had (P6): every event of the service at least once, in the
 * ledger's order, without gaps, each as it stands in the log. Returns how many there were.
 */
export function judgeEvents(log: SeenLog, reader: ReaderHistory, ids: EventIds): number {
  const { name, service, history, from, kind } = reader
  const wanted = log.recordsOf(service).filter((index) => index >= from)
  const ranks = new Map(wanted.map((index, rank) => [index, rank]))
  let [highest, last, least] = [-1, -1, from]
  let isFirst = true
  for (const line of history) {
    if (line.kind === 'opened') {
      isFirst = true
      least = line.from ?? from
    }
    if (line.kind !== 'had') continue
    const { position } = line
    const rank = ranks.get(position)
    assert.ok(rank !== undefined, `${name} had an event ${position}, which is none of ${service}`)
    const missed = wanted[highest + 1]
    assert.ok(rank <= highest + 1, `${name} had ${position} and not ${missed}: a gap`)
    const isNext = rank === last + 1
    const before = `${name} had ${position} after ${wanted[last]}`
    if (kind === 'stream') assert.ok(isFirst || isNext, `${before}: out of order`)
    assert.ok(position >= least, `${name} had ${position} and asked for those from ${least} on`)
    const payload = toBase64url(log.statement(position)?.payload ?? new Uint8Array())
    assert.equal(line.payload, payload, `${name} had another event ${position} than the entry`)
    ids.take(line)
    isFirst = false
    last = rank
    highest = Math.max(highest, rank)
  }
  const missing = wanted[highest + 1]
  assert.equal(missing, undefined, `${name} never had event ${missing}`)
  return wanted.length
}
