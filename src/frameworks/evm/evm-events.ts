import type { JsonObject } from '../../kernel/json.ts'
import type { EventReader, LedgerEvent } from '../framework.ts'
import type { BlockIndex, IndexedLog } from './blocks/block-index.ts'
import type { ContractRegistry } from './contract-registry.ts'
import { decodeEvent } from './contracts/abi.ts'

export type EvmEventsDeps = {
  readonly index: BlockIndex
  readonly contracts: ContractRegistry
}

/** Media type of an event, with its name where the ABI tells one. */
export function eventContentType(name: string | undefined): string {
  return name === undefined ? 'application/json' : `application/json;event=${name}`
}

/** A log as its contract's ABI reads it; as it is where no ABI is known or none fits. */
export function eventOf(
  { contracts }: Pick<EvmEventsDeps, 'contracts'>,
  service: string,
  log: Pick<IndexedLog, 'address' | 'topics' | 'data'>,
): { readonly contract: string; readonly event?: string; readonly args?: JsonObject } {
  const known = contracts.find(service, log.address)
  const decoded = known && decodeEvent(known.abi, log)
  const contract = known?.name ?? log.address.toLowerCase()
  return { contract, ...(decoded ? { event: decoded.name, args: decoded.args } : {}) }
}

/** Logs of a service's chain as events, in the order of the chain. */
export function createEvmEvents({ index, contracts }: EvmEventsDeps): EventReader {
  return {
    get head() {
      return index.head
    },
    async read(service, { from, limit, key, contentType }) {
      const known = key === undefined ? undefined : contracts.find(service, key)
      const address = known?.address ?? key
      const events: LedgerEvent[] = []
      let next = from
      // What another content type leaves out is read on, so that a slice is not cut for nothing.
      for (let looks = 0; looks < looksMax && events.length < limit; looks++) {
        const filter = address === undefined ? {} : { address }
        const slice = await index.logs(service, { from: next, limit: limit - events.length, ...filter })
        for (const log of slice.logs) {
          const event = ledgerEventOf({ contracts }, service, log)
          if (contentType === undefined || event.contentType === contentType) events.push(event)
        }
        next = slice.next
        if (slice.isEnd) break
      }
      return { events, next }
    },
    waitFor: (service, position, signal) => index.waitForLogs(service, position, signal),
  }
}

/** Slices of one answer; the reader goes on where they end. */
const looksMax = 16

function ledgerEventOf(
  deps: Pick<EvmEventsDeps, 'contracts'>,
  service: string,
  log: IndexedLog,
): LedgerEvent {
  const { contract, event, args } = eventOf(deps, service, log)
  const { address, topics, data, transaction, logIndex } = log
  const payload = { address, ...(event === undefined ? {} : { event, args }), topics, data }
  return {
    position: log.position,
    id: `${log.blockHash}-${logIndex}`,
    type: 'log',
    service,
    key: contract,
    contentType: eventContentType(event),
    issuer: log.from,
    place: { transaction, height: log.height, time: log.time },
    payload: Buffer.from(JSON.stringify({ ...payload, transaction, logIndex })),
  }
}
