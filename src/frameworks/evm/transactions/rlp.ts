/** Recursive length prefix (Ethereum's yellow paper, appendix B): bytes, or a list of the same. */
export type RlpValue = Uint8Array | readonly RlpValue[]

/** An item that was read, and where it stands: `from` is its prefix, `end` is behind it. */
export type RlpItem = {
  readonly from: number
  readonly end: number
} & ({ readonly bytes: Uint8Array } | { readonly list: readonly RlpItem[] })

/** Why bytes are no RLP; where, in bytes from the start. */
export class RlpFault {
  readonly why: string
  readonly at: number

  constructor(why: string, at: number) {
    this.why = why
    this.at = at
  }
}

const [shortBytes, shortList] = [0x80, 0xc0]
/** Longer ones have the length of their length in the prefix. */
const shortMax = 55
/** A list of access lists, with its keys, lies three deep. */
const depthMax = 4

/** As RLP. */
export function encodeRlp(value: RlpValue): Buffer {
  const parts: Uint8Array[] = []
  write(value, parts)
  return Buffer.concat(parts)
}

/** A list around items that are RLP already. */
export function encodeRlpList(items: readonly Uint8Array[]): Buffer {
  const length = items.reduce((sum, item) => sum + item.length, 0)
  return Buffer.concat([prefix(shortList, length), ...items])
}

/** The bytes of a number: the shortest that have it, none for 0. */
export function integerBytes(value: bigint | number): Buffer {
  if (value === 0n || value === 0) return Buffer.alloc(0)
  const digits = value.toString(16)
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
}

/**
 * Reads one item that takes all the bytes. Every value has one way only to be written, and any
 * other is refused. @throws RlpFault
 */
export function decodeRlp(bytes: Uint8Array, from = 0): RlpItem {
  const item = readItem(bytes, from, bytes.length, 0)
  if (item.end !== bytes.length) throw new RlpFault('more bytes follow', item.end)
  return item
}

function write(value: RlpValue, parts: Uint8Array[]): number {
  if (value instanceof Uint8Array) {
    const isPlain = value.length === 1 && (value[0] ?? 0) < shortBytes
    const head = isPlain ? Buffer.alloc(0) : prefix(shortBytes, value.length)
    parts.push(head, value)
    return head.length + value.length
  }
  const at = parts.push(Buffer.alloc(0)) - 1
  const length = value.reduce((sum, item) => sum + write(item, parts), 0)
  const head = prefix(shortList, length)
  parts[at] = head
  return head.length + length
}

function prefix(short: number, length: number): Buffer {
  if (length <= shortMax) return Buffer.of(short + length)
  const size = integerBytes(length)
  return Buffer.concat([Buffer.of(short + shortMax + size.length), size])
}

function readItem(bytes: Uint8Array, from: number, limit: number, depth: number): RlpItem {
  const first = bytes[from]
  if (first === undefined || from >= limit) throw new RlpFault('an item is missing', from)
  if (first < shortBytes) return { from, end: from + 1, bytes: bytes.subarray(from, from + 1) }
  const short = first < shortList ? shortBytes : shortList
  const start = readStart(bytes, from, first - short, limit)
  if (short === shortBytes) {
    const content = bytes.subarray(start.at, start.end)
    if (content.length === 1 && (content[0] ?? 0) < shortBytes) {
      throw new RlpFault('a byte below 128 has a length before it', from)
    }
    return { from, end: start.end, bytes: content }
  }
  if (depth >= depthMax) throw new RlpFault(`lists lie more than ${depthMax} deep`, from)
  const list: RlpItem[] = []
  for (let at = start.at; at < start.end; ) {
    const item = readItem(bytes, at, start.end, depth + 1)
    list.push(item)
    at = item.end
  }
  return { from, end: start.end, list }
}

/** Where the content of an item begins and ends. */
function readStart(bytes: Uint8Array, from: number, given: number, limit: number) {
  const sizeBytes = Math.max(0, given - shortMax)
  const at = from + 1 + sizeBytes
  let length = given
  if (sizeBytes > 0) {
    length = 0
    for (const byte of bytes.subarray(from + 1, at)) length = length * 256 + byte
    // Beyond the limit in any case, or written longer than need be.
    if (bytes[from + 1] === 0 || length <= shortMax) {
      throw new RlpFault('a length is not written as short as it can be', from)
    }
  }
  const end = at + length
  if (end > limit) throw new RlpFault('an item is longer than what is there', from)
  return { at, end }
}
