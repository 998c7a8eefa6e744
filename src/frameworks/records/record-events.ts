import { parseStatement } from '@openbsn/sdk'
import { assert } from '../../kernel/assert.ts'
import type { EntryRecord, Ledger } from '../../ledger/ledger.ts'
import type { EventFilter, EventReader, LedgerEvent } from '../framework.ts'
import type { RecordFeed } from './record-feed.ts'
import { pageBytesMax, type RecordLists } from './record-lists.ts'

export type EventDeps = {
  readonly ledger: Ledger
  readonly lists: RecordLists
  readonly feed: RecordFeed
}

/** A filter by content type looks at so many entries before it answers, be it with nothing. */
const scannedMax = 1000

type Candidates = { readonly indexes: readonly number[]; readonly end: number }

/** Events of services: their records, as they stand in the log. */
export function createRecordEvents({ ledger, lists, feed }: EventDeps): EventReader {
  const size = () => ledger.head.firstIndex + ledger.head.count

  async function candidates(service: string, from: number, filter: Filter): Promise<Candidates> {
    const end = size()
    const recent = feed.indexesFrom(service, from)
    if (recent) return { indexes: recent, end }
    // Where the lists are being made again, a reader ahead of them waits for them.
    if (lists.position <= from) await lists.advance()
    const { limit, key } = filter
    const by = key === undefined ? { service } : { service, key }
    // Not beyond: a list refuses what it does not know yet, and a reader can begin with the rest.
    const toIndex = Math.min(end, lists.position)
    const range = { fromIndex: from, toIndex, order: 'oldest' } as const
    const { indexes } = await lists.list({ ...by, ...range, limit })
    const last = indexes.at(-1)
    const isFull = indexes.length === limit && last !== undefined
    return { indexes, end: isFull ? last + 1 : toIndex }
  }

  return {
    head: () => size(),
    async read(service, { from, limit, ...filter }) {
      const most = filter.contentType === undefined ? Math.min(limit, scannedMax) : scannedMax
      const { indexes, end } = await candidates(service, from, { ...filter, limit: most })
      const events: LedgerEvent[] = []
      let bytes = 0
      for (const [place, index] of indexes.entries()) {
        const isEnough = events.length === limit || bytes > pageBytesMax || place === scannedMax
        if (isEnough) return { events, next: index }
        const event = eventAt(ledger, index)
        if (!matches(event, filter)) continue
        events.push(event)
        bytes += event.payload.length
      }
      return { events, next: Math.max(from, end) }
    },
    waitFor: (service, position, signal) => feed.waitFor(service, position, signal),
  }
}

type Filter = EventFilter & { readonly limit: number }

function matches(event: LedgerEvent, { key, contentType }: EventFilter): boolean {
  return (
    (key ?? event.key) === event.key && (contentType ?? event.contentType) === event.contentType
  )
}

function eventAt(ledger: Ledger, index: number): LedgerEvent {
  const entry = ledger.entry(index)
  assert(entry !== undefined, `entry ${index} is in the log`)
  return eventOf(ledger.id, entry)
}

/** The event that an entry is. */
export function eventOf(ledger: string, { index, height, time, statement }: EntryRecord) {
  const { claims, contentType, payload } = parseStatement(statement)
  return {
    position: index,
    id: `${ledger}:${index}`,
    type: 'record',
    service: claims.sub,
    ...(claims.key === undefined ? {} : { key: claims.key }),
    contentType,
    issuer: claims.credential ?? claims.iss,
    place: { transaction: String(index), height, time },
    payload,
  } satisfies LedgerEvent
}
