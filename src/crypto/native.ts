import { createPrivateKey, createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import {
  type Algorithm,
  algorithms,
  CodedError,
  compareBytes,
  concat,
  createSigner,
  equalBytes,
  fromHex,
  publicKey,
  type Signer,
} from '@openbsn/sdk'
import sodium from 'sodium-native'

/**
 * Native signing and verifying: the one implementation that decides in a ledger. For Ed25519 that
 * is libsodium: cofactorless, no small-order key or R, canonical encodings only. ECDSA is OpenSSL.
 * SM2 is the SDK's own code, since OpenSSL as Node has it cannot be told the user id (ADR 0051).
 */

/** Half of secp256k1's group order: an s above it is the twin of a low one. */
const secp256k1HalfOrder =
  fromHex('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0') ?? new Uint8Array()

/** A public key that is ready to verify with: parsing an ECDSA key costs as much as verifying. */
export type Verifier = (message: Uint8Array, signature: Uint8Array) => boolean

/**
 * `raw` must have passed `algorithm.isPublicKey` once, as every registered key has. A row of the
 * table of algorithms that has no native code here verifies by its own.
 */
export function createVerifier(algorithm: Algorithm, raw: Uint8Array): Verifier {
  const { name } = algorithm
  if (name === 'EdDSA') {
    return (message, signature) => sodium.crypto_sign_verify_detached(signature, message, raw)
  }
  if (name !== 'ES256' && name !== 'ES256K') {
    return (message, signature) => algorithm.verify(raw, message, signature)
  }
  const der = Buffer.from(concat(algorithm.spkiPrefix, raw))
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  if (name === 'ES256K') {
    return (message, signature) => hasLowS(signature) && ecdsaHolds(key, message, signature)
  }
  return (message, signature) => ecdsaHolds(key, message, signature)
}

function ecdsaHolds(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

function hasLowS(signature: Uint8Array): boolean {
  return compareBytes(signature.subarray(32), secp256k1HalfOrder) <= 0
}

/**
 * A signer with its secret (32 bytes) in memory; all of Ed25519 is done in native code.
 * @throws KEY_INVALID
 */
export function createNativeSigner(algorithm: Algorithm, secret: Uint8Array): Signer {
  if (algorithm.name !== 'EdDSA' || secret.length !== sodium.crypto_sign_SEEDBYTES) {
    return createSigner(algorithm, secret)
  }
  const raw = new Uint8Array(32)
  const secretKey = Buffer.alloc(64)
  sodium.crypto_sign_seed_keypair(raw, secretKey, Buffer.from(secret))
  const signer: Signer = {
    key: publicKey(algorithm, raw),
    sign: (message) => {
      const signature = Buffer.alloc(64)
      sodium.crypto_sign_detached(signature, message, secretKey)
      return signature
    },
  }
  localSigners.add(signer)
  return signer
}

/** DER of a PKCS #8 (RFC 5958) around the parts that differ: the curve, the secret, the point. */
const pkcs8 = {
  version: [2, 1, 0],
  ecKey: [4, 0x6d, 0x30, 0x6b, 2, 1, 1, 4, 0x20],
  point: [0xa1, 0x44, 3, 0x42, 0],
}
/** From the start of the secret to the end. */
const pkcs8Tail = 32 + pkcs8.point.length + 65

/** A curve as a key's DER names it: in a public one between the outer sequence and the bits. */
const curveOf = ({ spkiPrefix }: Algorithm) => spkiPrefix.subarray(2, -3)

/** A secret key of an elliptic curve. */
export type CurveSecret = { readonly algorithm: Algorithm; readonly secret: Uint8Array }

/** PKCS #8 of a secret key, as OpenSSL writes it. @throws KEY_INVALID */
export function pkcs8Of({ algorithm, secret }: CurveSecret): Uint8Array {
  const { raw } = createSigner(algorithm, secret).key
  const { version, ecKey, point } = pkcs8
  const body = [...version, ...curveOf(algorithm), ...ecKey, ...secret, ...point, ...raw]
  return Uint8Array.of(0x30, 0x81, body.length, ...body)
}

/** The secret key in a PKCS #8 as `pkcs8Of` and OpenSSL write it. @throws KEY_INVALID */
export function secretIn(bytes: Uint8Array): CurveSecret {
  const secret = bytes.slice(-pkcs8Tail, 32 - pkcs8Tail)
  for (const algorithm of algorithms.filter(({ kty }) => kty === 2)) {
    const curve = curveOf(algorithm)
    const place = 3 + pkcs8.version.length
    if (!equalBytes(bytes.subarray(place, place + curve.length), curve)) continue
    if (equalBytes(pkcs8Of({ algorithm, secret }), bytes)) return { algorithm, secret }
  }
  throw new CodedError('KEY_INVALID', 'Not the PKCS #8 of a curve that is in use here.')
}

/**
 * A secret of an elliptic curve as a private key of OpenSSL, for what takes no other form;
 * undefined of Ed25519. @throws KEY_INVALID
 */
export function privateKeyOf(algorithm: Algorithm, secret: Uint8Array): KeyObject | undefined {
  if (algorithm.kty !== 2) return undefined
  const key = Buffer.from(pkcs8Of({ algorithm, secret }))
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

const localSigners = new WeakSet<Signer>()
declare const local: unique symbol
/** A signer of this file: native code signs, in this process, with a secret in its memory. */
export type LocalSigner = Signer & { readonly [local]: true }

/** False for a signer elsewhere, such as in a token: what it returns has to be verified. */
export function isLocalSigner(signer: Signer): signer is LocalSigner {
  return localSigners.has(signer)
}

/**
 * SHA-256 of `input` into `out` (32 bytes). By OpenSSL, which uses the processor's instructions for
 * it; as text, because a digest as a new buffer costs more than hashing 400 bytes.
 */
export function sha256Into(out: Uint8Array, input: Uint8Array): void {
  const digest = hash('sha256', input, 'binary')
  Buffer.from(out.buffer, out.byteOffset, out.length).write(digest, 'latin1')
}
