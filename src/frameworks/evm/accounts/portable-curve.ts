import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concat } from '@openbsn/sdk'
import type { Curve } from './curve.ts'

/** secp256k1 in JavaScript, for machines that the native library has no build for. */
export const portableCurve: Curve = {
  isSecret: (bytes) => secp256k1.utils.isValidSecretKey(bytes),
  publicKey: (secret) => secp256k1.getPublicKey(secret, false),
  sign(digest, secret) {
    const options = { prehash: false, lowS: true, format: 'recovered' } as const
    const signature = secp256k1.sign(digest, secret, options)
    return { rs: signature.slice(1), parity: ((signature[0] ?? 0) & 1) === 0 ? 0 : 1 }
  },
  recover(digest, { rs, parity }) {
    try {
      const signature = concat(Uint8Array.of(parity), rs)
      const key = secp256k1.recoverPublicKey(signature, digest, { prehash: false })
      return secp256k1.Point.fromBytes(key).toBytes(false)
    } catch {
      return undefined
    }
  },
}
