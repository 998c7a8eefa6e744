import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { CodedError } from '@openbsn/sdk'
import { decode, type Item } from './cbor.ts'
import { sha256 } from './hashes.ts'
import { sm2Point, sm2Verifier } from './sm2.ts'

/**
 * Keys and signatures by OpenSSL; those of SM2 by `sm2.ts`. For Ed25519 it decides every case of
 * "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko 2020) as libsodium does, once
 * small-order keys are refused.
 */

/** A public key that is ready to verify with. */
export type VerifyingKey = {
  readonly algorithm: number
  readonly holds: (message: Uint8Array, signature: Uint8Array) => boolean
}

const curves = [
  { algorithm: -8, kty: 1, crv: 6, name: 'Ed25519' },
  { algorithm: -7, kty: 2, crv: 1, name: 'P-256' },
  { algorithm: -47, kty: 2, crv: 8, name: 'secp256k1' },
  // By the numbers of TLS for it (RFC 8998), below -65536.
  { algorithm: -67_336, kty: 2, crv: -65_577, name: 'SM2' },
] as const

function bad(why: string): CodedError {
  return new CodedError('KEY_INVALID', why)
}

/** The key's id: SHA-256 over its deterministic COSE_Key (RFC 9679). */
export function kidOf(coseKey: Buffer): Buffer {
  return sha256(coseKey)
}

/** Reads a COSE_Key of the members that identify it and no other. @throws KEY_INVALID, CBOR_* */
export function readKey(coseKey: Buffer): VerifyingKey {
  const map = decode(coseKey)
  if (!(map instanceof Map)) throw bad('a key is a map')
  const curve = curves.find(({ kty, crv }) => map.get(1) === kty && map.get(-1) === crv)
  if (!curve) throw bad('a key of an unknown curve')
  const [x, y] = [map.get(-2), map.get(-3)]
  if (!isCoordinate(x)) throw bad('x has 32 bytes')
  if (curve.kty === 1) {
    if (map.size !== 3) throw bad('a member too many or too few')
    return { algorithm: curve.algorithm, holds: edVerifier(x) }
  }
  if (!isCoordinate(y) || map.size !== 4) throw bad('y has 32 bytes, and there is nothing else')
  if (curve.name === 'SM2') return { algorithm: curve.algorithm, holds: sm2Holds(x, y) }
  const key = importKey({ kty: 'EC', crv: curve.name, x: base64(x), y: base64(y) })
  return { algorithm: curve.algorithm, holds: ecVerifier(key, curve.algorithm === -47) }
}

function isCoordinate(item: Item | undefined): item is Buffer {
  return Buffer.isBuffer(item) && item.length === 32
}

const base64 = (bytes: Buffer) => bytes.toString('base64url')

function importKey(jwk: { kty: string; crv: string; x: string; y?: string }): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch (cause) {
    throw new CodedError('KEY_INVALID', 'not a point of its curve', { cause })
  }
}

function edVerifier(x: Buffer): VerifyingKey['holds'] {
  if (!isStrictEdPoint(x)) throw bad('not a point of its curve, or one of small order')
  const key = importKey({ kty: 'OKP', crv: 'Ed25519', x: base64(x) })
  return (message, signature) =>
    !isSmallOrder(signature.subarray(0, 32)) && verify(null, message, key, signature)
}

function sm2Holds(x: Buffer, y: Buffer): VerifyingKey['holds'] {
  const point = sm2Point(x, y)
  if (!point) throw bad('not a point of its curve')
  return sm2Verifier(point)
}

function ecVerifier(key: KeyObject, lowSOnly: boolean): VerifyingKey['holds'] {
  return (message, signature) => {
    if (lowSOnly && BigInt(`0x${toHex(signature.subarray(32))}`) > secp256k1Order / 2n) return false
    return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
  }
}

const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** SEC 2, section 2.4.1. */
const secp256k1Order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** RFC 8032, section 5.1: the field's prime and the curve's d. */
const prime = 2n ** 255n - 19n
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n

function power(base: bigint, exponent: bigint): bigint {
  let out = 1n
  let square = base % prime
  for (let rest = exponent; rest > 0n; rest /= 2n) {
    if (rest % 2n === 1n) out = (out * square) % prime
    square = (square * square) % prime
  }
  return out
}

function readY(encoded: Uint8Array): bigint {
  const bigEndian = Buffer.from(encoded).reverse()
  bigEndian[0] = (bigEndian[0] ?? 0) & 0x7f
  return BigInt(`0x${bigEndian.toString('hex')}`)
}

/** True for a canonical encoding of a point that is not of small order. */
function isStrictEdPoint(encoded: Uint8Array): boolean {
  const y = readY(encoded)
  if (y >= prime) return false
  if (isSmallOrder(encoded)) return false
  const y2 = (y * y) % prime
  const x2 = ((y2 + prime - 1n) * power(d * y2 + 1n, prime - 2n)) % prime
  return power(x2, (prime - 1n) / 2n) === 1n // Euler's criterion; x = 0 is of small order.
}

/** y of the eight points of small order: 1, -1, 0 and the two of order 8. */
const smallOrderY = new Set([
  1n,
  prime - 1n,
  0n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n,
])

function isSmallOrder(encoded: Uint8Array): boolean {
  return smallOrderY.has(readY(encoded) % prime)
}
