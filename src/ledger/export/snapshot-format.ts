import { type CborReader, type CborValue, encodeCbor } from '@openbsn/sdk'
import type { StateItem } from '../ledger.ts'
import { stateKeyLengthMax } from '../ledger-store.ts'
import { damaged, headerMap, listIn, readItem } from './export-format.ts'

/**
 * A snapshot is an export that has the state of its last block behind the blocks, and the key
 * bundle in its header, so that nothing has to be executed: a header, each block from height 1 on,
 * lists of the state's objects.
 */

export type SnapshotHeader = {
  readonly ledger: string
  readonly genesis: Uint8Array
  /** Key bundle of the validators, up to the last block at least. */
  readonly keys: Uint8Array
  /** Of the last block. */
  readonly height: number
  /** How many entries, and objects of the state, will come. */
  readonly entries: number
  readonly objects: number
}

const formatName = 'openbsn-snapshot-'
const formatVersion = 1

export function encodeSnapshotHeader(header: SnapshotHeader): Uint8Array {
  const format = formatName + formatVersion
  return encodeCbor(new Map<string, CborValue>(Object.entries({ format, ...header })))
}

/** @throws EXPORT_FOREIGN, EXPORT_NEWER, EXPORT_DAMAGED */
export function decodeSnapshotHeader(item: Uint8Array): SnapshotHeader {
  const map = headerMap(item, formatName)
  const [ledger, genesis, keys] = [map.get('ledger'), map.get('genesis'), map.get('keys')]
  const [height, entries, objects] = ['height', 'entries', 'objects'].map((key) => map.get(key))
  if (typeof ledger !== 'string' || !(genesis instanceof Uint8Array)) {
    throw damaged('its header lacks the ledger, or its genesis')
  }
  if (!(keys instanceof Uint8Array)) throw damaged('its header lacks the key bundle')
  if (isCount(height) && isCount(entries) && isCount(objects)) {
    return { ledger, genesis, keys, height, entries, objects }
  }
  throw damaged('its header does not say how much there is')
}

const isCount = (value: CborValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

export function encodeObjects(items: readonly StateItem[]): Uint8Array {
  return encodeCbor(items.map(({ key, value }): CborValue => [key, value]))
}

/** Far more than are written into one item. */
const objectsMax = 100_000

/** @throws EXPORT_DAMAGED */
export function decodeObjects(item: Uint8Array): StateItem[] {
  return readItem(item, (reader) => listIn(reader, objectsMax, objectIn))
}

function objectIn(reader: CborReader): StateItem {
  if (reader.readArrayLength() !== 2) throw damaged('an object of the state is none')
  const [key, value] = [reader.readText(), reader.readBytes()]
  // Shorter and longer ones do not fit into the store.
  if (key.length > 0 && key.length <= stateKeyLengthMax) return { key, value }
  throw damaged('an object of the state has a key that is none')
}
