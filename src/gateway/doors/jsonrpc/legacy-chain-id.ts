/** A legacy transaction is a list; others begin with their type (EIP-2718). */
const legacyPattern = /^0x[c-f][0-9a-f](?:[0-9a-f]{2})*$/i
/** nonce, gas price, gas, to, value, data */
const itemsBefore = 6
/** Chain ids are no larger than this, and no tool keeps larger ones. */
const bytesMax = 8

/**
 * The chain that a signed legacy transaction is for (EIP-155). Undefined where it is for any, where
 * it is of another kind, and where it is none: that is for the engine to say. Reads what it needs,
 * and no list inside.
 */
export function legacyChainId(raw: string): bigint | undefined {
  if (!legacyPattern.test(raw)) return undefined
  const bytes = Buffer.from(raw.slice(2), 'hex')
  let at = headOf(bytes, 0)?.from
  for (let i = 0; i < itemsBefore && at !== undefined; i++) at = headOf(bytes, at)?.end
  const item = at === undefined ? undefined : headOf(bytes, at)
  if (!item || item.end - item.from > bytesMax) return undefined
  const signed = BigInt(`0x0${bytes.toString('hex', item.from, item.end)}`)
  // 27 and 28 are signatures from before there were chain ids.
  return signed < 35n ? undefined : (signed - 35n) / 2n
}

/** Where the contents of an item of RLP begin and end; undefined where it does not fit. */
function headOf(bytes: Buffer, at: number): { from: number; end: number } | undefined {
  const first = bytes[at]
  if (first === undefined) return undefined
  if (first < 0x80) return { from: at, end: at + 1 }
  const short = first < 0xc0 ? 0x80 : 0xc0
  const lengthBytes = Math.max(0, first - short - 55)
  if (lengthBytes > 4 || at + lengthBytes >= bytes.length) return undefined
  const from = at + 1 + lengthBytes
  const length = lengthBytes === 0 ? first - short : bytes.readUIntBE(at + 1, lengthBytes)
  return from + length > bytes.length ? undefined : { from, end: from + length }
}
