import type { Algorithm } from './algorithms.ts'
import { type PublicKey, publicKey } from './cose-key.ts'
import { CodedError } from './errors.ts'

/** Something that signs with one key: in memory here, in a browser's key store, in a token. */
export interface Signer {
  readonly key: PublicKey
  /** 64 bytes over `message` by the key's algorithm. */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** A signer that keeps `secret` (32 bytes) in memory. @throws KEY_INVALID */
export function createSigner(algorithm: Algorithm, secret: Uint8Array): Signer {
  const kept = secret.slice()
  return {
    key: publicKey(algorithm, rawPublicKey(algorithm, kept)),
    sign: (message) => algorithm.sign(kept, message),
  }
}

function rawPublicKey(algorithm: Algorithm, secret: Uint8Array): Uint8Array {
  try {
    return algorithm.publicKeyOf(secret)
  } catch (cause) {
    throw new CodedError('KEY_INVALID', `Not a secret key of ${algorithm.name}.`, { cause })
  }
}
