import { type Algorithm, algorithmByName, algorithms } from '../algorithms.ts'
import { equalBytes } from '../bytes.ts'
import { fromPem, type PublicKey, publicKey } from '../cose-key.ts'
import { CodedError } from '../errors.ts'
import { createSigner, type Signer } from '../signer.ts'
import { readDer, tags } from './der.ts'

/** Keys as BSN hands them out: PKCS #8, X.509 certificates, public keys, each in PEM. */

function bytesIn(pem: string, label: string): Uint8Array | undefined {
  const pattern = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`)
  const body = pattern.exec(pem)?.[1]?.replace(/\s/g, '')
  if (body === undefined) return undefined
  try {
    return Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0))
  } catch {
    return undefined
  }
}

export function pemOf(label: string, bytes: Uint8Array): string {
  const lines = base64Of(bytes).match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

export const base64Of = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))

/** A signer of a private key in PKCS #8 (RFC 5958): P-256, secp256k1, SM2. @throws KEY_INVALID */
export function signerOfPem(pem: string): Signer {
  const bytes = bytesIn(pem, 'PRIVATE KEY')
  const [info] = bytes ? readDer(bytes) : []
  const [, kind, key] = info ? readDer(info.content) : []
  const [ecKey] = key?.tag === tags.octets ? readDer(key.content) : []
  const [, secret] = ecKey?.tag === tags.sequence ? readDer(ecKey.content) : []
  const algorithm = kind && algorithmOf(kind.whole)
  if (!algorithm || secret?.tag !== tags.octets) {
    const message =
      'The private key is no PKCS #8 in PEM ("BEGIN PRIVATE KEY") of P-256, K1 or SM2.'
    throw new CodedError('KEY_INVALID', message)
  }
  return createSigner(algorithm, secret.content)
}

/** By its AlgorithmIdentifier, as the prefix of a public key has it. */
function algorithmOf(identifier: Uint8Array): Algorithm | undefined {
  return algorithms.find(({ kty, spkiPrefix }) => {
    return kty === 2 && equalBytes(spkiPrefix.subarray(2, 2 + identifier.length), identifier)
  })
}

/** The public key of a certificate, or the one that the text is. @throws KEY_INVALID */
export function publicKeyOfPem(pem: string): PublicKey {
  const certificate = bytesIn(pem, 'CERTIFICATE')
  if (!certificate) {
    const [key] = fromPem(pem)
    if (key) return key
    throw new CodedError('KEY_INVALID', 'There is no certificate and no public key in the text.')
  }
  const [outer] = readDer(certificate)
  const [body] = outer ? readDer(outer.content) : []
  for (const { tag, content, whole } of body ? readDer(body.content) : []) {
    const [identifier] = tag === tags.sequence ? readDer(content) : []
    const algorithm = identifier && algorithmOf(identifier.whole)
    // Of all that stands in a certificate, a public key alone begins so.
    if (algorithm) return publicKey(algorithm, whole.slice(algorithm.spkiPrefix.length))
  }
  throw new CodedError('KEY_INVALID', 'The key of the certificate is not of P-256, K1 or SM2.')
}

/** Fabric verifies nothing but this one. */
export function fabricAlgorithm(): Algorithm {
  const algorithm = algorithmByName('ES256')
  if (algorithm) return algorithm
  throw new RangeError('ES256 is in the table')
}
