import { CodedError } from '@openbsn/sdk'
import { decode, encode, type Item, Tagged } from './cbor.ts'
import { sha256 } from './hashes.ts'

/** A registered statement as read here: nothing of it is checked but its form. */
export type EntryForm = {
  readonly algorithm: number
  readonly contentType: string
  readonly kid: Buffer
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly iat: number
  readonly exp: number | undefined
  readonly cti: Buffer | undefined
  readonly credential: string | undefined
  readonly key: string | undefined
  readonly protectedBytes: Buffer
  readonly payload: Buffer
  readonly signature: Buffer
}

/** COSE algorithms (RFC 9053; RFC 8812): EdDSA, ES256, ES256K; and SM2, for private use. */
export const knownAlgorithms: readonly number[] = [-8, -7, -47, -67_336]

const nameBytesMax = 128
const recordKeyBytesMax = 256
const actIdBytesMax = 64
const payloadBytesMax = 65_536

function bad(field: string): CodedError {
  return new CodedError('STATEMENT_FIELD_INVALID', `${field} is not as a statement has it`)
}

/** Takes members out of a map by label, so that what is left over is known. */
function taker(item: Item | undefined, name: string) {
  if (!(item instanceof Map)) throw bad(name)
  const left = new Map(item)
  return {
    take: (label: number): Item | undefined => {
      const value = left.get(label)
      left.delete(label)
      return value
    },
    end: () => {
      if (left.size > 0) throw bad(`${name} ${[...left.keys()].join(', ')}`)
    },
  }
}

function name(item: Item | undefined, field: string, bytesMax = nameBytesMax): string {
  const length = typeof item === 'string' ? Buffer.byteLength(item) : 0
  if (typeof item !== 'string' || length < 1 || length > bytesMax) throw bad(field)
  return item
}

function seconds(item: Item | undefined, field: string): number {
  if (typeof item !== 'number' || item < 0) throw bad(field)
  return item
}

/** Absent, or read by `read`. */
function maybe<T>(item: Item | undefined, read: (item: Item) => T): T | undefined {
  return item === undefined ? undefined : read(item)
}

function actId(item: Item): Buffer {
  if (Buffer.isBuffer(item) && item.length >= 1 && item.length <= actIdBytesMax) return item
  throw bad('cti')
}

/** @throws CBOR_MALFORMED, STATEMENT_FIELD_INVALID */
export function readEntry(bytes: Buffer): EntryForm {
  const whole = decode(bytes)
  if (!(whole instanceof Tagged) || whole.tag !== 18) throw bad('the tag')
  const parts = Array.isArray(whole.content) ? whole.content : []
  const [protectedBytes, unprotectedHeader, payload, signature] = parts
  if (parts.length !== 4) throw bad('the array')
  if (!(unprotectedHeader instanceof Map) || unprotectedHeader.size !== 0) {
    throw bad('the unprotected header')
  }
  if (!Buffer.isBuffer(payload) || payload.length > payloadBytesMax) throw bad('the payload')
  if (!Buffer.isBuffer(signature) || signature.length !== 64) throw bad('the signature')
  if (!Buffer.isBuffer(protectedBytes)) throw bad('the protected header')
  return { ...readProtected(protectedBytes), protectedBytes, payload, signature }
}

function readProtected(bytes: Buffer) {
  const { take, end } = taker(decode(bytes), 'header')
  const algorithm = take(1)
  const contentType = name(take(3), 'content type')
  const kid = take(4)
  const claims = readClaims(take(15))
  end()
  if (typeof algorithm !== 'number' || !knownAlgorithms.includes(algorithm)) throw bad('alg')
  if (!Buffer.isBuffer(kid) || kid.length !== 32) throw bad('kid')
  return { algorithm, contentType, kid, ...claims }
}

function readClaims(item: Item | undefined) {
  const { take, end } = taker(item, 'claim')
  const claims = {
    iss: name(take(1), 'iss'),
    sub: name(take(2), 'sub'),
    aud: name(take(3), 'aud'),
    exp: maybe(take(4), (value) => seconds(value, 'exp')),
    iat: seconds(take(6), 'iat'),
    cti: maybe(take(7), actId),
    credential: maybe(take(-65_537), (value) => name(value, 'credential')),
    key: maybe(take(-65_538), (value) => name(value, 'key', recordKeyBytesMax)),
  }
  end()
  return claims
}

/** What the signature covers (RFC 9052, section 4.4). */
export function signedBytes(protectedBytes: Buffer, payload: Buffer): Buffer {
  return encode(['Signature1', protectedBytes, Buffer.alloc(0), payload])
}

/** What makes two statements one act, and what they must share then (zeros without `cti`). */
export function digestsOf(entry: EntryForm, signed: Buffer): { identity: Buffer; content: Buffer } {
  const { aud, sub, credential, iss, cti, contentType, key, payload } = entry
  if (!cti) return { identity: sha256(signed), content: Buffer.alloc(32) }
  return {
    identity: sha256(encode([aud, sub, credential ?? iss, cti])),
    content: sha256(encode([contentType, key ?? null, sha256(payload)])),
  }
}
