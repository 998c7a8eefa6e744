import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concat, equalBytes } from './bytes.ts'

const { Point } = ed25519
const order = Point.Fn.ORDER

/** False instead of a throw: bytes from outside that are no point verify nothing. */
function pointOf(raw: Uint8Array) {
  try {
    return Point.fromBytes(raw, false)
  } catch {
    return undefined
  }
}

/** True for the canonical encoding of a point that is not of small order. */
export function isStrictPoint(raw: Uint8Array): boolean {
  return raw.length === 32 && pointOf(raw)?.isSmallOrder() === false
}

/**
 * Ed25519 (RFC 8032), the strictest reading: canonical encodings only, no small-order key or R, and
 * the equation without the cofactor. Just what libsodium does, with which gateways verify, so that
 * no signature holds here and fails there; the library's own `verify` has the cofactor.
 */
export function verifyEd25519(
  raw: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== 64 || raw.length !== 32) return false
  const key = pointOf(raw)
  const s = bytesToNumberLE(signature.subarray(32))
  if (!key || key.isSmallOrder() || s >= order) return false
  const r = signature.subarray(0, 32)
  const k = bytesToNumberLE(sha512(concat(r, raw, message))) % order
  // R = [S]B - [k]A. Comparing its encoding refuses every other encoding of R as well.
  const point = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k))
  return !point.isSmallOrder() && equalBytes(point.toBytes(), r)
}
