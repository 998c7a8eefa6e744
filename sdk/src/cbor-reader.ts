import { compareBytes, fromUtf8 } from './bytes.ts'
import { type CborMap, type CborValue, cborError, Tagged } from './cbor.ts'

/** Nesting that any of our formats needs is 5; a bomb stops here. */
const depthMax = 16

/**
 * Reads deterministic CBOR from the front, head by head, without building what the caller does
 * not ask for. Everything that is not deterministic is refused where it stands.
 */
export class CborReader {
  readonly bytes: Uint8Array
  offset = 0
  /** Major type and argument of the head that was read last. */
  #major = 0
  #argument = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** @throws CBOR_MALFORMED, CBOR_NOT_DETERMINISTIC, CBOR_UNSUPPORTED */
  #readHead(): void {
    const start = this.offset
    const initial = this.#byte()
    this.#major = initial >> 5
    const info = initial & 31
    if (info < 24) {
      this.#argument = info
      return
    }
    const mayBeIndefinite = this.#major >= 2 && this.#major <= 5
    if (info === 31 && mayBeIndefinite) {
      throw cborError('CBOR_NOT_DETERMINISTIC', 'indefinite length', start)
    }
    if (info > 27) throw cborError('CBOR_MALFORMED', `reserved head ${initial}`, start)
    if (this.#major === 7) throw cborError('CBOR_UNSUPPORTED', 'float or simple value', start)
    const width = 1 << (info - 24)
    let argument = 0
    for (let i = 0; i < width; i++) argument = argument * 256 + this.#byte()
    // -1 - argument must be safe too, so the same bound less one holds for negative integers.
    if (argument > Number.MAX_SAFE_INTEGER - (this.#major === 1 ? 1 : 0)) {
      throw cborError('CBOR_UNSUPPORTED', 'a number of 2^53 or more', start)
    }
    const least = width === 1 ? 24 : 2 ** (4 * width)
    if (argument < least) throw cborError('CBOR_NOT_DETERMINISTIC', 'head not shortest', start)
    this.#argument = argument
  }

  #byte(): number {
    const byte = this.bytes[this.offset]
    if (byte === undefined) throw cborError('CBOR_MALFORMED', 'ends too early', this.offset)
    this.offset++
    return byte
  }

  #expect(major: number, name: string): number {
    const start = this.offset
    this.#readHead()
    if (this.#major !== major) throw cborError('CBOR_MALFORMED', `expected ${name}`, start)
    return this.#argument
  }

  #take(length: number): Uint8Array {
    const end = this.offset + length
    if (end > this.bytes.length) {
      throw cborError('CBOR_MALFORMED', `${length} bytes announced, fewer follow`, this.offset)
    }
    const slice = this.bytes.subarray(this.offset, end)
    this.offset = end
    return slice
  }

  readTag(): number {
    return this.#expect(6, 'a tag')
  }

  readArrayLength(): number {
    return this.#expect(4, 'an array')
  }

  readMapLength(): number {
    return this.#expect(5, 'a map')
  }

  readUnsigned(): number {
    return this.#expect(0, 'an unsigned integer')
  }

  readInteger(): number {
    const start = this.offset
    this.#readHead()
    if (this.#major > 1) throw cborError('CBOR_MALFORMED', 'expected an integer', start)
    return this.#major === 0 ? this.#argument : -1 - this.#argument
  }

  /** A view on the reader's bytes, not a copy. */
  readBytes(): Uint8Array {
    return this.#take(this.#expect(2, 'a byte string'))
  }

  readText(): string {
    return this.#text(this.#expect(3, 'a text string'))
  }

  /** The bytes of a text string, not looked at: where the caller bounds their number. */
  readTextBytes(): Uint8Array {
    return this.#take(this.#expect(3, 'a text string'))
  }

  #text(length: number): string {
    const start = this.offset
    const text = fromUtf8(this.#take(length))
    if (text === undefined) throw cborError('CBOR_MALFORMED', 'text is not UTF-8', start)
    return text
  }

  /** A map key: integer or text. */
  readKey(): number | string {
    const start = this.offset
    this.#readHead()
    if (this.#major === 0) return this.#argument
    if (this.#major === 1) return -1 - this.#argument
    if (this.#major === 3) return this.#text(this.#argument)
    throw cborError('CBOR_UNSUPPORTED', 'a map key that is neither integer nor text', start)
  }

  readNull(): void {
    if (this.#byte() !== 0xf6) throw cborError('CBOR_MALFORMED', 'expected null', this.offset - 1)
  }

  /** @throws CBOR_TRAILING_BYTES */
  end(): void {
    if (this.offset === this.bytes.length) return
    throw cborError('CBOR_TRAILING_BYTES', 'bytes after the item', this.offset)
  }

  /** Any one item of `CborValue`. Bounded by the bytes that are there and by `depthMax`. */
  readValue(depth = 0): CborValue {
    if (depth > depthMax) throw cborError('CBOR_TOO_DEEP', `deeper than ${depthMax}`, this.offset)
    const start = this.offset
    this.#readHead()
    const argument = this.#argument
    switch (this.#major) {
      case 0:
        return argument
      case 1:
        return -1 - argument
      case 2:
        return this.#take(argument).slice()
      case 3:
        return this.#text(argument)
      case 4:
        return this.#array(argument, depth)
      case 5:
        return this.#map(argument, depth)
      case 6:
        return new Tagged(argument, this.readValue(depth + 1))
      default:
        return simple(argument, start)
    }
  }

  #array(length: number, depth: number): CborValue[] {
    const out: CborValue[] = []
    for (let i = 0; i < length; i++) out.push(this.readValue(depth + 1))
    return out
  }

  #map(length: number, depth: number): CborMap {
    const out: CborMap = new Map()
    let before: Uint8Array | undefined
    for (let i = 0; i < length; i++) {
      const start = this.offset
      const key = this.readKey()
      const encoded = this.bytes.subarray(start, this.offset)
      if (before) requireOrder(before, encoded, start)
      before = encoded
      out.set(key, this.readValue(depth + 1))
    }
    return out
  }
}

/** @throws CBOR_DUPLICATE_KEY, CBOR_NOT_DETERMINISTIC */
function requireOrder(before: Uint8Array, next: Uint8Array, offset: number): void {
  const order = compareBytes(before, next)
  if (order === 0) throw cborError('CBOR_DUPLICATE_KEY', 'the same map key twice', offset)
  if (order > 0) throw cborError('CBOR_NOT_DETERMINISTIC', 'map keys out of order', offset)
}

function simple(argument: number, offset: number): CborValue {
  if (argument === 20) return false
  if (argument === 21) return true
  if (argument === 22) return null
  throw cborError('CBOR_UNSUPPORTED', `simple value ${argument}`, offset)
}

/** One item and nothing after it. @throws every `CborErrorCode` */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const reader = new CborReader(bytes)
  const value = reader.readValue()
  reader.end()
  return value
}
