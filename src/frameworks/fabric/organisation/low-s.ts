import { type KeyObject, sign } from 'node:crypto'

/** Orders of curves, by their names in OpenSSL. */
const orders = {
  prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp384r1: BigInt(`0x${'f'.repeat(48)}c7634d81f4372ddf581a0db248b0a77aecec196accc52973`),
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
} as const

/**
 * ECDSA over SHA-256 by a key of P-256, P-384 or secp256k1, as DER, with the lower of the two s:
 * Fabric takes no other one.
 */
export function signLowS(message: Uint8Array, key: KeyObject): Buffer {
  const order = orders[key.asymmetricKeyDetails?.namedCurve as keyof typeof orders] ?? 0n
  const pair = sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })
  const half = pair.length / 2
  return lowSignature(numberOf(pair.subarray(0, half)), numberOf(pair.subarray(half)), order)
}

/**
 * A signature of P-256 in DER with the lower of the two s, which anybody may put in place of the
 * other: keys in browsers and tokens make both. It has been verified before.
 */
export function toLowS(signature: Uint8Array): Buffer {
  const bytes = Buffer.from(signature)
  const rLength = bytes[3] ?? 0
  const [r, s] = [bytes.subarray(4, 4 + rLength), bytes.subarray(6 + rLength)]
  return lowSignature(numberOf(r), numberOf(s), orders.prime256v1)
}

function lowSignature(r: bigint, s: bigint, order: bigint): Buffer {
  const body = Buffer.concat([r, s > order / 2n ? order - s : s].map(derInteger))
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}

const numberOf = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`)

/** At most 49 bytes, so that one byte tells the length. */
function derInteger(value: bigint): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0
  const whole = isNegative ? Buffer.concat([Buffer.of(0), bytes]) : bytes
  return Buffer.concat([Buffer.of(0x02, whole.length), whole])
}
