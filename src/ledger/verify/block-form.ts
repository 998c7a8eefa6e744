import { CodedError } from '@openbsn/sdk'
import { decode, encode, type Item } from './cbor.ts'
import { signedBytes } from './entry-form.ts'

/** A stored block as read here. */
export type BlockForm = {
  readonly height: number
  readonly time: number
  readonly firstIndex: number
  readonly count: number
  readonly logRoot: Buffer
  readonly stateRoot: Buffer
  readonly signatures: readonly BlockSignature[]
}

export type BlockSignature = {
  readonly kid: Buffer
  readonly algorithm: number
  readonly signature: Buffer
}

function bad(field: string): never {
  throw new CodedError('CBOR_MALFORMED', `${field} is not as a block has it`)
}

function count(item: Item | undefined, field: string): number {
  return typeof item === 'number' && item >= 0 ? item : bad(field)
}

function hash(item: Item | undefined, field: string): Buffer {
  return Buffer.isBuffer(item) && item.length === 32 ? item : bad(field)
}

/** @throws CBOR_MALFORMED */
export function readBlock(bytes: Buffer): BlockForm {
  const item = decode(bytes)
  const parts = Array.isArray(item) ? item : []
  const list = parts[6]
  if (parts.length !== 7 || !Array.isArray(list)) return bad('its list')
  return {
    height: count(parts[0], 'height'),
    time: count(parts[1], 'time'),
    firstIndex: count(parts[2], 'first index'),
    count: count(parts[3], 'count'),
    logRoot: hash(parts[4], 'log root'),
    stateRoot: hash(parts[5], 'state root'),
    signatures: list.map(readSignature),
  }
}

function readSignature(item: Item): BlockSignature {
  const [kid, algorithm, signature, ...rest] = Array.isArray(item) ? item : []
  if (typeof algorithm !== 'number' || rest.length > 0) return bad('a signature')
  if (!Buffer.isBuffer(signature) || signature.length !== 64) return bad('a signature')
  return { kid: hash(kid, 'kid'), algorithm, signature }
}

/** What a validator signs of a block: the header of its receipts, and the log root. */
export function blockSignedBytes(
  ledger: string,
  { height, time, firstIndex, count: entries, logRoot, stateRoot }: BlockForm,
  { kid, algorithm }: BlockSignature,
): Buffer {
  const claims = new Map<number, Item>([
    [1, ledger],
    [2, ledger],
    [6, time],
  ])
  const header = new Map<number, Item>([
    [1, algorithm],
    [4, kid],
    [15, claims],
    [395, 1],
    [-65_537, [firstIndex + entries, height, stateRoot]],
  ])
  return signedBytes(encode(header), logRoot)
}
