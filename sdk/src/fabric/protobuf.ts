import { concat } from '../bytes.ts'

/** As much of Protocol Buffers as proposals and transactions of Fabric need. */

/** A field of bytes, text or a message. */
export function field(tag: number, bytes: Uint8Array): Uint8Array {
  return concat(varint(tag * 8 + 2), varint(bytes.length), bytes)
}

/** A field of a number; none where it is 0. */
export function number(tag: number, value: number): Uint8Array {
  return value === 0 ? new Uint8Array() : concat(varint(tag * 8), varint(value))
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return Uint8Array.from([...bytes, rest])
}

/** Of a message: the tag of a field, and its bytes or its number. */
export type ReadField = { readonly tag: number; readonly value: Uint8Array | number }

/**
 * The fields of a message, in their order, none left out; undefined where it is cut off, or has
 * fields of a kind that messages of Fabric do not have.
 */
export function readFields(bytes: Uint8Array): ReadField[] | undefined {
  const fields: ReadField[] = []
  for (let at = 0; at < bytes.length; ) {
    const head = readVarint(bytes, at)
    const next = head && readVarint(bytes, head.end)
    if (!head || !next) return undefined
    const [tag, kind] = [Math.floor(head.value / 8), head.value % 8]
    const isBytes = kind === 2
    const end = isBytes ? next.end + next.value : next.end
    if ((!isBytes && kind !== 0) || end > bytes.length) return undefined
    fields.push({ tag, value: isBytes ? bytes.subarray(next.end, end) : next.value })
    at = end
  }
  return fields
}

/** Five bytes at most: tags, lengths, and what is no 64-bit number. */
function readVarint(bytes: Uint8Array, start: number) {
  let value = 0
  for (let at = start; at < start + 5; at++) {
    const byte = bytes[at]
    if (byte === undefined) return undefined
    value += (byte % 0x80) * 0x80 ** (at - start)
    if (byte < 0x80) return { value, end: at + 1 }
  }
  return undefined
}
