import { compareBytes, utf8 } from './bytes.ts'
import { CodedError } from './errors.ts'

/** A CBOR tag with its content. */
export class Tagged {
  readonly tag: number
  readonly value: CborValue
  constructor(tag: number, value: CborValue) {
    this.tag = tag
    this.value = value
  }
}

export type CborMap = Map<number | string, CborValue>
/** What our encodings are made of. Numbers are whole and within ±(2^53 - 1); no floats. */
export type CborValue =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | CborValue[]
  | CborMap
  | Tagged

export type CborErrorCode =
  | 'CBOR_MALFORMED'
  | 'CBOR_NOT_DETERMINISTIC'
  | 'CBOR_DUPLICATE_KEY'
  | 'CBOR_UNSUPPORTED'
  | 'CBOR_TOO_DEEP'
  | 'CBOR_TRAILING_BYTES'

/** An error of the reader or the writer; `offset` in bytes from the beginning. */
export function cborError(code: CborErrorCode, what: string, offset: number): CodedError {
  return new CodedError(code, `CBOR, at byte ${offset}: ${what}`, { details: { offset } })
}

/**
 * Deterministic CBOR (RFC 8949, section 4.2.1): shortest heads, definite lengths, map keys in
 * bytewise order of their encodings. Same value, same bytes; other value, other bytes.
 * @throws CBOR_UNSUPPORTED for a number that is not a safe integer, for text with half a surrogate
 * pair, which UTF-8 cannot hold, and for what is no `CborValue`
 */
export function encodeCbor(value: CborValue): Uint8Array {
  writer.clear()
  writer.value(value)
  return writer.copy()
}

/** Above this the writer's buffer is given back after use. */
const keptBytesMax = 1024 * 1024

/** Writes items one after the other into one buffer, which grows and is used again. */
class CborWriter {
  #bytes = new Uint8Array(4096)
  #length = 0

  clear(): void {
    this.#length = 0
    if (this.#bytes.length > keptBytesMax) this.#bytes = new Uint8Array(4096)
  }

  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  value(value: CborValue): void {
    if (typeof value === 'number') this.#integer(value)
    else if (typeof value === 'string') this.#text(value)
    else if (value instanceof Uint8Array) this.#content(2, value)
    else if (value === null) this.#head(7, 22)
    else if (typeof value === 'boolean') this.#head(7, value ? 21 : 20)
    else if (Array.isArray(value)) this.#array(value)
    else if (value instanceof Tagged) this.#tagged(value)
    else if (value instanceof Map) this.#map(value)
    else throw cborError('CBOR_UNSUPPORTED', `a value of type ${typeof value}`, 0)
  }

  #integer(value: number): void {
    if (!Number.isSafeInteger(value)) {
      throw cborError('CBOR_UNSUPPORTED', `${value} is not a whole number within ±(2^53 - 1)`, 0)
    }
    if (value < 0) this.#head(1, -1 - value)
    else this.#head(0, value)
  }

  #text(text: string): void {
    if (!isAscii(text)) {
      if (!text.isWellFormed()) throw cborError('CBOR_UNSUPPORTED', 'half a surrogate pair', 0)
      this.#content(3, utf8(text))
      return
    }
    this.#head(3, text.length)
    this.#reserve(text.length)
    for (let i = 0; i < text.length; i++) this.#bytes[this.#length++] = text.charCodeAt(i)
  }

  #content(major: number, content: Uint8Array): void {
    this.#head(major, content.length)
    this.#reserve(content.length)
    this.#bytes.set(content, this.#length)
    this.#length += content.length
  }

  #array(items: readonly CborValue[]): void {
    this.#head(4, items.length)
    for (const item of items) this.value(item)
  }

  #tagged({ tag, value }: Tagged): void {
    this.#head(6, tag)
    this.value(value)
  }

  #map(map: CborMap): void {
    this.#head(5, map.size)
    const entries = [...map]
    if (entries.length > 1) entries.sort(([a], [b]) => compareKeys(a, b))
    for (const [key, item] of entries) {
      this.value(key)
      this.value(item)
    }
  }

  #head(major: number, argument: number): void {
    this.#reserve(9)
    const initial = major << 5
    if (argument < 24) this.#bytes[this.#length++] = initial | argument
    else if (argument < 0x100) this.#wide(initial | 24, argument, 1)
    else if (argument < 0x10000) this.#wide(initial | 25, argument, 2)
    else if (argument < 0x100000000) this.#wide(initial | 26, argument, 4)
    else this.#wide(initial | 27, argument, 8)
  }

  /** Big-endian. By arithmetic, because shifts have 32 bits in JavaScript. */
  #wide(initial: number, argument: number, width: number): void {
    this.#bytes[this.#length] = initial
    let rest = argument
    for (let i = this.#length + width; i > this.#length; i--) {
      this.#bytes[i] = rest % 256
      rest = Math.floor(rest / 256)
    }
    this.#length += width + 1
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}

/** One is enough, because encoding never yields and never calls back. */
const writer = new CborWriter()

/** The order of the keys' encodings: by major type, then shorter first, then by value. */
function compareKeys(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') {
    if (a >= 0 !== b >= 0) return a >= 0 ? -1 : 1
    return a >= 0 ? a - b : b - a
  }
  if (typeof a === 'number') return -1
  if (typeof b === 'number') return 1
  if (!isAscii(a) || !isAscii(b)) return compareTexts(utf8(a), utf8(b))
  return a.length - b.length || (a < b ? -1 : 1)
}

function compareTexts(a: Uint8Array, b: Uint8Array): number {
  return a.length - b.length || compareBytes(a, b)
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}
