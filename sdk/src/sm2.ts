import { invertCt } from '@noble/curves/abstract/modular.js'
import { ecdh, weierstrass } from '@noble/curves/abstract/weierstrass.js'
import { bytesToNumberBE, createHmacDrbg, numberToBytesBE } from '@noble/curves/utils.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concat, utf8 } from './bytes.ts'
import { sm3 } from './sm3.ts'

/**
 * SM2 signatures with SM3 (GB/T 32918.2-2016, ISO/IEC 14888-3:2018) on the curve of GB/T 32918.5,
 * for the user id that everybody takes. The curve's arithmetic is the library's; what stands here
 * is the scheme.
 */

const curve = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
}
const Point = weierstrass(curve)
const { Fn } = Point
const { utils, getPublicKey } = ecdh(Point)

const userId = utf8('1234567812345678')
/** What the hash of every user begins with: bits of the id, the id, the curve. */
const userPrefix = concat(
  Uint8Array.of(0, userId.length * 8),
  userId,
  ...[curve.a, curve.b, curve.Gx, curve.Gy].map((one) => numberToBytesBE(one, 32)),
)

export const generateSm2Secret = (): Uint8Array => utils.randomSecretKey()

/** @throws an Error where `secret` is none: a number from 1 to n - 2 in 32 bytes */
export function sm2PublicKeyOf(secret: Uint8Array): Uint8Array {
  // 1 + d is divided by.
  if (Fn.fromBytes(secret) === curve.n - 1n) throw new RangeError('n - 1 is no secret of SM2')
  return getPublicKey(secret, false)
}

/** True for 0x04 ‖ x ‖ y of a point of the curve. */
export const isSm2PublicKey = (raw: Uint8Array): boolean =>
  raw.length === 65 && raw[0] === 4 && utils.isValidPublicKey(raw, false)

/** e of a message: the hash of user and message, as a number below the order. */
function digestOf(raw: Uint8Array, message: Uint8Array): bigint {
  const user = sm3(userPrefix, raw.subarray(1))
  return Fn.create(bytesToNumberBE(sm3(user, message)))
}

const hmacSha256 = (key: Uint8Array, message: Uint8Array) => hmac(sha256, key, message)
const orderBytes = 32

/**
 * 64 bytes, r ‖ s. The same ones each time: the nonce is that of RFC 6979 with SHA-256, and with
 * the name of the scheme as additional data, so that no ECDSA by the same secret has it too.
 */
export function signSm2(secret: Uint8Array, message: Uint8Array): Uint8Array {
  const d = Fn.fromBytes(secret)
  const e = digestOf(sm2PublicKeyOf(secret), message)
  const inverse = invertCt(1n + d, curve.n)
  const seed = concat(secret, numberToBytesBE(e, orderBytes), utf8('SM2'))
  const nonces = createHmacDrbg<Uint8Array>(32, orderBytes, hmacSha256)
  return nonces(seed, (bytes) => {
    const k = bytesToNumberBE(bytes)
    if (!Fn.isValidNot0(k)) return undefined
    const r = Fn.add(e, Fn.create(Point.BASE.multiply(k).toAffine().x))
    const s = Fn.sub(Fn.mul(inverse, Fn.add(k, r)), r)
    if (r === 0n || s === 0n || Fn.add(r, k) === 0n) return undefined
    return concat(Fn.toBytes(r), Fn.toBytes(s))
  })
}

/**
 * Tells of any number of messages whether a signature is over it. What is dear is done once: a
 * signature and a key alone say which digest they belong to.
 */
export function sm2Verifier(
  raw: Uint8Array,
  signature: Uint8Array,
): (message: Uint8Array) => boolean {
  const signed = isSm2PublicKey(raw) ? signedDigest(raw, signature) : undefined
  return (message) => signed !== undefined && signed === digestOf(raw, message)
}

/** e = r - x of [s]G + [r + s]P; undefined where numbers are out of range. */
function signedDigest(raw: Uint8Array, signature: Uint8Array): bigint | undefined {
  if (signature.length !== 64) return undefined
  const r = bytesToNumberBE(signature.subarray(0, 32))
  const s = bytesToNumberBE(signature.subarray(32))
  if (!Fn.isValidNot0(r) || !Fn.isValidNot0(s)) return undefined
  const t = Fn.add(r, s)
  if (t === 0n) return undefined
  const point = Point.BASE.mulAddUnsafe(s, Point.fromBytes(raw), t)
  return point.is0() ? undefined : Fn.sub(r, Fn.create(point.toAffine().x))
}
