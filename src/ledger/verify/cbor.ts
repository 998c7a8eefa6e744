import { isUtf8 } from 'node:buffer'
import { CodedError } from '@openbsn/sdk'

/** What deterministic CBOR here is made of. */
export type Item = number | string | boolean | null | Buffer | readonly Item[] | ItemMap | Tagged
export type ItemMap = Map<number | string, Item>

/** A tag and its content. */
export class Tagged {
  readonly tag: number
  readonly content: Item
  constructor(tag: number, content: Item) {
    this.tag = tag
    this.content = content
  }
}

const depthMax = 16

function bad(why: string): CodedError {
  return new CodedError('CBOR_MALFORMED', why)
}

/** A head's major type and argument, and the place behind it. */
type Head = { readonly major: number; readonly argument: number; readonly end: number }

function readHead(bytes: Buffer, at: number): Head {
  const first = bytes[at]
  if (first === undefined) throw bad('ends too early')
  const [major, short] = [first >> 5, first & 0x1f]
  if (short < 24) return { major, argument: short, end: at + 1 }
  const width = { 24: 1, 25: 2, 26: 4, 27: 8 }[short]
  if (width === undefined || major === 7) throw bad(`head ${first} is not used here`)
  const end = at + 1 + width
  if (end > bytes.length) throw bad('ends too early')
  const argument =
    width === 8 ? Number(bytes.readBigUInt64BE(at + 1)) : bytes.readUIntBE(at + 1, width)
  const least = { 1: 24, 2: 256, 4: 65_536, 8: 4_294_967_296 }[width] ?? 0
  if (argument < least) throw bad('a head is not the shortest')
  const greatest = major === 1 ? Number.MAX_SAFE_INTEGER - 1 : Number.MAX_SAFE_INTEGER
  if (argument > greatest) throw bad('a number is too large')
  return { major, argument, end }
}

/** An item, and the place behind it. */
type Read<T> = readonly [value: T, end: number]

function readItem(bytes: Buffer, at: number, depth: number): Read<Item> {
  if (depth > depthMax) throw bad('nested too deep')
  const { major, argument, end } = readHead(bytes, at)
  if (major === 0) return [argument, end]
  if (major === 1) return [-1 - argument, end]
  if (major === 2) return [slice(bytes, end, argument), end + argument]
  if (major === 3) return [text(slice(bytes, end, argument)), end + argument]
  if (major === 4) return readArray(bytes, end, argument, depth)
  if (major === 5) return readMap(bytes, end, argument, depth)
  if (major === 6) {
    const [content, after] = readItem(bytes, end, depth + 1)
    return [new Tagged(argument, content), after]
  }
  if (argument === 22) return [null, end]
  if (argument === 20 || argument === 21) return [argument === 21, end]
  throw bad(`simple value ${argument}`)
}

function slice(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw bad('ends too early')
  return bytes.subarray(at, at + length)
}

function text(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw bad('text is not UTF-8')
  return bytes.toString('utf8')
}

function readArray(bytes: Buffer, at: number, count: number, depth: number): Read<Item[]> {
  const items: Item[] = []
  let next = at
  for (let i = 0; i < count; i++) {
    const [item, end] = readItem(bytes, next, depth + 1)
    items.push(item)
    next = end
  }
  return [items, next]
}

function readMap(bytes: Buffer, at: number, count: number, depth: number): Read<ItemMap> {
  const map: ItemMap = new Map()
  let next = at
  let before: Buffer | undefined
  for (let i = 0; i < count; i++) {
    const [key, keyEnd] = readItem(bytes, next, depth + 1)
    if (typeof key !== 'number' && typeof key !== 'string') throw bad('a key of another type')
    const encoded = bytes.subarray(next, keyEnd)
    if (before && Buffer.compare(before, encoded) >= 0) throw bad('keys are not in order')
    before = encoded
    const [value, end] = readItem(bytes, keyEnd, depth + 1)
    map.set(key, value)
    next = end
  }
  return [map, next]
}

/** Reads one item in deterministic encoding and nothing after it. @throws CBOR_MALFORMED */
export function decode(bytes: Buffer): Item {
  const [item, end] = readItem(bytes, 0, 0)
  if (end !== bytes.length) throw bad('bytes after the item')
  return item
}

function head(major: number, argument: number): Buffer {
  const first = major << 5
  if (argument < 24) return Buffer.of(first | argument)
  if (argument < 256) return Buffer.of(first | 24, argument)
  const [short, width] = argument < 65_536 ? [25, 2] : argument < 2 ** 32 ? [26, 4] : [27, 8]
  const out = Buffer.alloc(1 + width)
  out[0] = first | short
  if (width === 8) out.writeBigUInt64BE(BigInt(argument), 1)
  else out.writeUIntBE(argument, 1, width)
  return out
}

/** Encodes an item deterministically. */
export function encode(item: Item): Buffer {
  if (item === null) return Buffer.of(0xf6)
  if (typeof item === 'boolean') return Buffer.of(item ? 0xf5 : 0xf4)
  if (typeof item === 'number') return item < 0 ? head(1, -1 - item) : head(0, item)
  if (typeof item === 'string') {
    const bytes = Buffer.from(item, 'utf8')
    return Buffer.concat([head(3, bytes.length), bytes])
  }
  if (Buffer.isBuffer(item)) return Buffer.concat([head(2, item.length), item])
  if (item instanceof Tagged) return Buffer.concat([head(6, item.tag), encode(item.content)])
  if (item instanceof Map) {
    const pairs = [...item].map(([key, value]) => [encode(key), encode(value)] as const)
    pairs.sort(([a], [b]) => Buffer.compare(a, b))
    return Buffer.concat([head(5, pairs.length), ...pairs.flat()])
  }
  return Buffer.concat([head(4, item.length), ...item.map(encode)])
}
