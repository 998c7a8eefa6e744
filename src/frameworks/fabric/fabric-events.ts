import type { BlockIndex } from '../blocks/block-index.ts'
import { bytesOf } from '../blocks/hex.ts'
import type { IndexedLog } from '../blocks/indexed-logs.ts'
import type { EventReader, LedgerEvent } from '../framework.ts'

/** Media type of an event, with the contract that it is of. */
export const eventContentType = (contract: string): string =>
  `application/octet-stream;contract=${contract}`

/** Pages of one answer; the reader goes on where they end. */
const pagesMax = 16

/** Events of a channel's contracts, in its order. Their key is their name. */
export function createFabricEvents({ index }: { readonly index: BlockIndex }): EventReader {
  return {
    head: (service) => index.logs.head(service),
    async read(service, { from, limit, key, contentType }) {
      const events: LedgerEvent[] = []
      let next = from
      for (let pages = 0; pages < pagesMax && events.length < limit; pages++) {
        const page = index.logs.read(service, { from: next, limit: limit - events.length })
        const found = page.logs.map((log) => eventOf(service, log))
        const isWanted = (event: LedgerEvent) =>
          (key === undefined || event.key === key) &&
          (contentType === undefined || event.contentType === contentType)
        events.push(...found.filter(isWanted))
        next = page.next
        if (next >= index.logs.head(service)) break
      }
      return { events, next }
    },
    waitFor: (service, position, signal) => index.logs.waitFor(service, position, signal),
  }
}

const textOf = (hex: string) => bytesOf(hex).toString('utf8')

/** Without the zeros behind it. */
const nameOf = (topics: readonly string[]) => topics.map(textOf).join('').replace(/\0+$/, '')

function eventOf(service: string, log: IndexedLog): LedgerEvent {
  const { position, id, address, topics, data, transaction, height, time, from } = log
  return {
    ...{ position, id, type: 'contract', service, key: nameOf(topics) },
    contentType: eventContentType(textOf(address)),
    issuer: textOf(from),
    place: { transaction: transaction.slice(2), height, time },
    payload: bytesOf(data),
  }
}
