import { compareBytes, fromHex } from '@openbsn/sdk'
import type { Hex } from 'viem'
import type { Curve, CurveSignature } from './curve.ts'
import { keccak256 } from './keccak.ts'
import { nativeCurve } from './native-curve.ts'
import { portableCurve } from './portable-curve.ts'

/** The curve of Ethereum's accounts, in native code where this machine has it. */
export const secp256k1: Curve = nativeCurve() ?? portableCurve

/** Half of the group's order (SEC 2, section 2.4.1): an s above it is the twin of a low one. */
const halfOrder =
  fromHex('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0') ?? new Uint8Array()

/** The address of a public key (65 bytes): the last 20 bytes of its hash, with its checksum. */
export function addressOf(publicKey: Uint8Array): Hex {
  return checksummed(keccak256(publicKey.subarray(1)).toString('hex', 12))
}

/** The address whose key signed a digest; undefined where none did, or s is not low (EIP-2). */
export function signerOf(digest: Uint8Array, signature: CurveSignature): Hex | undefined {
  if (compareBytes(signature.rs.subarray(32), halfOrder) > 0) return undefined
  const key = secp256k1.recover(digest, signature)
  return key && addressOf(key)
}

/** 40 digits in lower case, with the checksum of EIP-55: the case of letters carries it. */
export function checksummed(digits: string): Hex {
  const hash = keccak256(Buffer.from(digits, 'latin1'))
  const nibble = (at: number) => ((hash[at >> 1] ?? 0) >> (at % 2 === 0 ? 4 : 0)) & 15
  const letters = [...digits].map((one, at) => (nibble(at) > 7 ? one.toUpperCase() : one))
  return `0x${letters.join('')}`
}
