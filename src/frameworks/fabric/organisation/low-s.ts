import { type KeyObject, sign } from 'node:crypto'

/** Orders of curves, by their names in OpenSSL. */
const orders: Readonly<Record<string, bigint>> = {
  prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp384r1: BigInt(`0x${'f'.repeat(48)}c7634d81f4372ddf581a0db248b0a77aecec196accc52973`),
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
}

/**
 * ECDSA over SHA-256 by a key of P-256, P-384 or secp256k1, as DER, with the lower of the two s:
 * Fabric takes no other one.
 */
export function signLowS(message: Uint8Array, key: KeyObject): Buffer {
  const order = orders[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 0n
  const pair = sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })
  const half = pair.length / 2
  const s = numberOf(pair.subarray(half))
  const parts = [numberOf(pair.subarray(0, half)), s > order / 2n ? order - s : s].map(derInteger)
  const body = Buffer.concat(parts)
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
