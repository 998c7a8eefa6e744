import { getAddress } from 'viem'
import type { JsonObject } from '../../kernel/json.ts'
import type { EventReader, LedgerEvent } from '../framework.ts'
import type { BlockIndex } from './blocks/block-index.ts'
import type { IndexedLog } from './blocks/indexed-logs.ts'
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
    head: (service) => index.logs.head(service),
    async read(service, { from, limit, key, contentType }) {
      const known = key === undefined ? undefined : contracts.find(service, key)
      const address = known?.address ?? key
      const events: LedgerEvent[] = []
      let next = from
      // What another content type leaves out is read on, so that a slice is not cut for nothing.
      for (let looks = 0; looks < looksMax && events.length < limit; looks++) {
        const wanted = { from: next, limit: limit - events.length }
        const filter = address === undefined ? {} : { address }
        const page = index.logs.read(service, { ...wanted, ...filter })
        for (const log of page.logs) {
          const event = ledgerEventOf({ contracts }, service, log)
          if (contentType === undefined || event.contentType === contentType) events.push(event)
        }
        const isEnd = page.next >= index.logs.head(service)
        next = page.next
        if (isEnd) break
      }
      return { events, next }
    },
    waitFor: (service, position, signal) => index.logs.waitFor(service, position, signal),
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
    id: log.id,
    type: 'log',
    service,
    key: contract,
    contentType: eventContentType(event),
    issuer: getAddress(log.from),
    place: { transaction, height: log.height, time: log.time },
    payload: Buffer.from(JSON.stringify({ ...payload, transaction, logIndex })),
  }
}
