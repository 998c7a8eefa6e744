import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import type Secp256k1 from 'secp256k1'
import type { Curve } from './curve.ts'

/**
 * Bitcoin's libsecp256k1: constant time, and a tenth of the cost of the same in JavaScript.
 * Undefined where its package has no build for this machine. Its own way out there is not taken:
 * that library has signed wrongly.
 */
export function nativeCurve(): Curve | undefined {
  const native = load()
  if (!native) return undefined
  // Blinds what it computes with secrets against who measures the machine.
  native.contextRandomize(randomBytes(32))
  return {
    isSecret: (bytes) => native.privateKeyVerify(bytes),
    publicKey: (secret) => native.publicKeyCreate(secret, false),
    sign(digest, secret) {
      const { signature, recid } = native.ecdsaSign(digest, secret)
      // Above 1 only where r was above the order: by chance once in 2^128.
      return { rs: signature, parity: (recid & 1) === 0 ? 0 : 1 }
    },
    recover(digest, { rs, parity }) {
      try {
        return native.ecdsaRecover(rs, parity, digest, false)
      } catch {
        return undefined
      }
    },
  }
}

function load(): typeof Secp256k1 | undefined {
  try {
    return createRequire(import.meta.url)('secp256k1/bindings.js')
  } catch {
    return undefined
  }
}
