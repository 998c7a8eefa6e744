import { parseStatement } from '@openbsn/sdk'
import type { EventFilter, EventReader, LedgerEvent } from '../frameworks/framework.ts'
import type { Ledger } from '../ledger/ledger.ts'

/** Events of a ledger in a test; `committed` is called after each block. */
export type TestEvents = EventReader & {
  committed(): void
  /** Reads so far, to see what readers share. */
  reads: number
}

/** Reads the ledger's entries one by one: right, and slow. */
export function createTestEvents(ledger: Ledger): TestEvents {
  const size = () => ledger.head.firstIndex + ledger.head.count
  const waiting = new Set<() => void>()
  const events: LedgerEvent[] = []
  const last = new Map<string, number>()
  const known = () => {
    for (let index = events.length; index < size(); index++) {
      const event = eventAt(ledger, index)
      events.push(event)
      last.set(event.service, index)
    }
    return events
  }
  return {
    reads: 0,
    get head() {
      return size()
    },
    async read(service, { from, limit, key, contentType }) {
      this.reads++
      const all = known()
      const found: LedgerEvent[] = []
      for (let at = from; at < all.length; at++) {
        const event = all[at]
        if (event?.service !== service || !matches(event, { key, contentType })) continue
        if (found.length === limit) return { events: found, next: at }
        found.push(event)
      }
      return { events: found, next: Math.max(from, all.length) }
    },
    waitFor(service, position, signal) {
      const isThere = () => {
        known()
        return (last.get(service) ?? -1) >= position
      }
      if (signal.aborted || isThere()) return Promise.resolve()
      return new Promise((resolve) => {
        const look = () => {
          if (!signal.aborted && !isThere()) return
          waiting.delete(look)
          signal.removeEventListener('abort', look)
          resolve()
        }
        waiting.add(look)
        signal.addEventListener('abort', look)
      })
    },
    committed() {
      for (const look of [...waiting]) look()
    },
  }
}

function matches(event: LedgerEvent, wanted: Record<keyof EventFilter, string | undefined>) {
  const { key = event.key, contentType = event.contentType } = wanted
  return key === event.key && contentType === event.contentType
}

function eventAt(ledger: Ledger, index: number): LedgerEvent {
  const { height = 0, time = 0, statement = new Uint8Array() } = ledger.entry(index) ?? {}
  const { claims, contentType, payload } = parseStatement(statement)
  return {
    position: index,
    id: `${ledger.id}:${index}`,
    type: 'record',
    service: claims.sub,
    ...(claims.key === undefined ? {} : { key: claims.key }),
    contentType,
    issuer: claims.credential ?? claims.iss,
    place: { transaction: String(index), height, time },
    payload,
  }
}
