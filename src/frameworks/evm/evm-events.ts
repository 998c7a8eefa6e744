import { getAddress, isAddress } from 'viem'
import type { JsonObject } from '../../kernel/json.ts'
import type { BlockIndex } from '../blocks/block-index.ts'
import type { IndexedLog } from '../blocks/indexed-logs.ts'
import type { EventFilter, EventReader, LedgerEvent } from '../framework.ts'
import type { ContractRegistry, KnownContract } from './contract-registry.ts'
import { decodeEvent } from './contracts/abi.ts'

export type EvmEventsDeps = {
  readonly index: BlockIndex
  readonly contracts: ContractRegistry
}

/** Media type of an event, with its name where the ABI tells one. */
export function eventContentType(name: string | undefined): string {
  return name === undefined ? 'application/json' : `application/json;event=${name}`
}

/** A log of a contract as its ABI reads it; as it is where no ABI is known or none fits. */
export function eventOf(
  known: KnownContract | undefined,
  log: Pick<IndexedLog, 'address' | 'topics' | 'data'>,
): { readonly contract: string; readonly event?: string; readonly args?: JsonObject } {
  const decoded = known && decodeEvent(known.abi, log)
  const contract = known?.name ?? log.address.toLowerCase()
  return { contract, ...(decoded ? { event: decoded.name, args: decoded.args } : {}) }
}

/** Logs of a service's chain as events, in the order of the chain. */
export function createEvmEvents(deps: EvmEventsDeps): EventReader {
  const { index } = deps
  const known = new Set<string>()

  /** After a crash a chain may have gone back behind what is indexed: it is looked at once. */
  async function lookAt(service: string): Promise<void> {
    if (known.has(service)) return
    known.add(service)
    await index.advance(service, AbortSignal.timeout(lookMs)).catch(() => known.delete(service))
  }

  return {
    head: (service) => index.logs.head(service),
    async read(service, options) {
      await lookAt(service)
      return readEvents(deps, service, options)
    },
    waitFor: (service, position, signal) => index.logs.waitFor(service, position, signal),
  }
}

const lookMs = 5000

/** Pages of one answer; the reader goes on where they end. */
const pagesMax = 16

type Read = EventFilter & { readonly from: number; readonly limit: number }

/** What another content type leaves out is read on, so that a slice is not cut for nothing. */
function readEvents(deps: EvmEventsDeps, service: string, { from, limit, ...filter }: Read) {
  const { index, contracts } = deps
  const { key, contentType } = filter
  const address = key === undefined ? undefined : (contracts.find(service, key)?.address ?? key)
  if (address !== undefined && !isAddress(address, { strict: false })) {
    return { events: [], next: Math.max(from, index.logs.head(service)) }
  }
  const only = address === undefined ? {} : { address }
  const events: LedgerEvent[] = []
  let next = from
  for (let pages = 0; pages < pagesMax && events.length < limit; pages++) {
    const page = index.logs.read(service, { from: next, limit: limit - events.length, ...only })
    const found = page.logs.map((log) => ledgerEventOf(deps, service, log))
    const isWanted = (event: LedgerEvent) =>
      contentType === undefined || event.contentType === contentType
    events.push(...found.filter(isWanted))
    next = page.next
    if (next >= index.logs.head(service)) break
  }
  return { events, next }
}

function ledgerEventOf(
  deps: Pick<EvmEventsDeps, 'contracts'>,
  service: string,
  log: IndexedLog,
): LedgerEvent {
  const { contract, event, args } = eventOf(deps.contracts.find(service, log.address), log)
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
