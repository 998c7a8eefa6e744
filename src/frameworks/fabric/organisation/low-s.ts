import { type KeyObject, sign } from 'node:crypto'

/** Order of P-256. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** ECDSA over SHA-256 by a P-256 key, as DER; Fabric takes the lower of the two s alone. */
export function signLowS(message: Uint8Array, key: KeyObject): Buffer {
  const pair = sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })
  const s = numberOf(pair.subarray(32))
  const parts = [numberOf(pair.subarray(0, 32)), s > order / 2n ? order - s : s].map(derInteger)
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}

const numberOf = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`)

/** At most 33 bytes, so that one byte tells the length. */
function derInteger(value: bigint): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0
  const whole = isNegative ? Buffer.concat([Buffer.of(0), bytes]) : bytes
  return Buffer.concat([Buffer.of(0x02, whole.length), whole])
}
