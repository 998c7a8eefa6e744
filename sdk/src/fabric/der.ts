import { concat } from '../bytes.ts'
import { CodedError } from '../errors.ts'

/** As much of DER (ITU-T X.690) as keys, certificates and requests for certificates need. */
export const tags = {
  integer: 2,
  bits: 3,
  octets: 4,
  oid: 6,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
}

export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concat(...contents)
  return concat(Uint8Array.of(tag), lengthOf(content.length), content)
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  if (length < 0x100) return Uint8Array.of(0x81, length)
  return Uint8Array.of(0x82, length >> 8, length & 0xff)
}

/** A whole number of bytes that are not negative. */
export function derInteger(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const short = bytes.subarray(start)
  const isNegative = (short[0] ?? 0) >= 0x80
  return der(tags.integer, isNegative ? concat(Uint8Array.of(0), short) : short)
}

export const derBits = (bytes: Uint8Array): Uint8Array => der(tags.bits, Uint8Array.of(0), bytes)

export type DerItem = {
  readonly tag: number
  readonly content: Uint8Array
  /** With its tag and length. */
  readonly whole: Uint8Array
}

/** What stands in `bytes`, one after the other. @throws KEY_INVALID where it is cut off */
export function readDer(bytes: Uint8Array): DerItem[] {
  const items: DerItem[] = []
  for (let at = 0; at < bytes.length; ) {
    const { head, length } = readLength(bytes, at)
    const end = at + head + length
    if (end > bytes.length) throw broken()
    const content = bytes.subarray(at + head, end)
    items.push({ tag: bytes[at] ?? 0, content, whole: bytes.subarray(at, end) })
    at = end
  }
  return items
}

function readLength(bytes: Uint8Array, at: number): { head: number; length: number } {
  const first = bytes[at + 1] ?? 0x80
  if (first < 0x80) return { head: 2, length: first }
  const count = first & 0x7f
  if (count === 0 || count > 3) throw broken()
  const length = bytes.subarray(at + 2, at + 2 + count).reduce((sum, one) => sum * 256 + one, 0)
  return { head: 2 + count, length }
}

const broken = () => new CodedError('KEY_INVALID', 'The DER of a key or certificate is broken.')

/** A signature of 64 bytes, r ‖ s, as SEQUENCE { r, s } (RFC 3279, section 2.2.3). */
export function derSignature(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2
  const parts = [signature.subarray(0, half), signature.subarray(half)]
  return der(tags.sequence, ...parts.map(derInteger))
}

/** The reverse of `derSignature`; undefined where it is none of numbers of 32 bytes. */
export function rawSignature(bytes: Uint8Array): Uint8Array | undefined {
  const [whole, ...more] = items(bytes)
  const parts = whole?.tag === tags.sequence && more.length === 0 ? items(whole.content) : []
  const numbers = parts.map(({ tag, content }) =>
    tag === tags.integer ? content.subarray(content[0] === 0 ? 1 : 0) : new Uint8Array(33),
  )
  if (numbers.length !== 2 || numbers.some(({ length }) => length > 32)) return undefined
  return concat(...numbers.map((one) => concat(new Uint8Array(32 - one.length), one)))
}

/** As `readDer`; none where it is broken. */
function items(bytes: Uint8Array): DerItem[] {
  try {
    return readDer(bytes)
  } catch {
    return []
  }
}
