import { type CborValue, Tagged, toHex } from '@openbsn/sdk'

/** A CBOR value as JSON for people: bytes in hex, maps as objects. */
export function plainCbor(value: CborValue): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (value instanceof Tagged) return plainCbor(value.value)
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([name, item]) => [String(name), plainCbor(item)]))
  }
  return Array.isArray(value) ? value.map(plainCbor) : value
}
