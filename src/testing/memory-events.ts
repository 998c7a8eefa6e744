import { utf8 } from '@openbsn/sdk'
import type { EventFilter, EventReader, LedgerEvent, Place } from '../frameworks/framework.ts'
import type { JsonObject } from '../kernel/json.ts'

type Added = Pick<LedgerEvent, 'service' | 'issuer'> & {
  readonly place: Place
  readonly event: JsonObject
}

/** Logs of contracts in memory, as events. */
export class MemoryEvents implements EventReader {
  readonly #events: LedgerEvent[] = []
  readonly #waiting = new Set<() => void>()

  readonly #nameOf: (service: string, key: string) => string

  /** `nameOf`: what a filter's key means, which may be an address. */
  constructor(nameOf: (service: string, key: string) => string) {
    this.#nameOf = nameOf
  }

  head(): number {
    return this.#events.length
  }

  add({ service, issuer, place, event }: Added): void {
    const position = this.head()
    this.#events.push({
      ...{ position, id: `${place.transaction}-0`, type: 'log', service, issuer, place },
      key: String(event.contract),
      contentType: `application/json;event=${event.event}`,
      payload: utf8(JSON.stringify(event)),
    })
    for (const wake of [...this.#waiting]) wake()
  }

  /** Those of one contract, by its name, in order. */
  of(service: string, key: string): readonly LedgerEvent[] {
    return this.#events.filter((event) => event.service === service && event.key === key)
  }

  async read(
    service: string,
    { from, limit, key, contentType }: { from: number; limit: number } & EventFilter,
  ) {
    const matching = this.#events.filter(
      (event) =>
        event.position >= from &&
        event.service === service &&
        (key === undefined || this.#nameOf(service, key) === event.key) &&
        (contentType ?? event.contentType) === event.contentType,
    )
    const events = matching.slice(0, limit)
    const last = matching.length > limit ? events.at(-1) : undefined
    return { events, next: last ? last.position + 1 : Math.max(from, this.head()) }
  }

  waitFor(service: string, position: number, signal: AbortSignal): Promise<void> {
    const isThere = () =>
      this.#events.some((event) => event.service === service && event.position >= position)
    return new Promise((resolve) => {
      const look = () => {
        if (!isThere() && !signal.aborted) return
        this.#waiting.delete(look)
        signal.removeEventListener('abort', look)
        resolve()
      }
      this.#waiting.add(look)
      signal.addEventListener('abort', look)
      look()
    })
  }
}
