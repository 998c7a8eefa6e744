import { algorithmByName } from './algorithms.ts'
import { publicKey } from './cose-key.ts'
import { CodedError } from './errors.ts'
import type { Signer } from './signer.ts'

/**
 * A signer of ES256 with a key that WebCrypto keeps: in a browser, or in Node, and where it is not
 * extractable nobody reads it. `crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' },
 * false, ['sign', 'verify'])` makes one. @throws KEY_INVALID
 */
export async function webCryptoSigner(keys: {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}): Promise<Signer> {
  const { privateKey } = keys
  const algorithm = algorithmByName('ES256')
  const { name, namedCurve } = privateKey.algorithm as EcKeyAlgorithm
  if (!algorithm || name !== 'ECDSA' || namedCurve !== 'P-256') {
    throw new CodedError('KEY_INVALID', 'The key of WebCrypto is none of ECDSA on P-256.')
  }
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey))
  const how = { name: 'ECDSA', hash: 'SHA-256' }
  return {
    key: publicKey(algorithm, raw),
    sign: async (message) =>
      new Uint8Array(await crypto.subtle.sign(how, privateKey, message as BufferSource)),
  }
}
