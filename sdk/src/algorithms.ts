import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { isStrictPoint, verifyEd25519 } from './ed25519.ts'
import { generateSm2Secret, isSm2PublicKey, signSm2, sm2PublicKeyOf, sm2Verifier } from './sm2.ts'

/**
 * One signature algorithm: a row of the table is all that one takes. Signatures are 64 bytes, of
 * elliptic curves r ‖ s (RFC 9053, section 2.1), never DER.
 */
export type Algorithm = {
  /** The COSE algorithm id. */
  readonly id: number
  readonly name: string
  /** COSE key type: 1 = OKP, 2 = EC2. */
  readonly kty: 1 | 2
  readonly curve: number
  /** DER before the raw key in a SubjectPublicKeyInfo. */
  readonly spkiPrefix: Uint8Array
  generateSecret(): Uint8Array
  /** @throws an Error where `secret` is not a secret key */
  publicKeyOf(secret: Uint8Array): Uint8Array
  isPublicKey(raw: Uint8Array): boolean
  sign(secret: Uint8Array, message: Uint8Array): Uint8Array
  verify(raw: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
}

/** False instead of a throw: bytes from outside that are no point or no scalar verify nothing. */
function holds(check: () => boolean): boolean {
  try {
    return check()
  } catch {
    return false
  }
}

const edDsa: Algorithm = {
  id: -8,
  name: 'EdDSA',
  kty: 1,
  curve: 6,
  spkiPrefix: Uint8Array.of(0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0),
  generateSecret: () => ed25519.utils.randomSecretKey(),
  publicKeyOf: (secret) => ed25519.getPublicKey(secret),
  isPublicKey: isStrictPoint,
  sign: (secret, message) => ed25519.sign(message, secret),
  verify: verifyEd25519,
}

type EcdsaRow = Pick<Algorithm, 'id' | 'name' | 'curve' | 'spkiPrefix'> & {
  readonly ecdsa: typeof p256
  /** True where the twin (r, n - s) of a signature is refused. */
  readonly lowS: boolean
}

function ecdsaAlgorithm({ ecdsa, lowS, ...row }: EcdsaRow): Algorithm {
  return {
    ...row,
    kty: 2,
    generateSecret: () => ecdsa.utils.randomSecretKey(),
    publicKeyOf: (secret) => ecdsa.getPublicKey(secret, false),
    isPublicKey: (raw) => raw.length === 65 && raw[0] === 4 && ecdsa.utils.isValidPublicKey(raw),
    sign: (secret, message) => ecdsa.sign(message, secret, { lowS: true }),
    verify: (raw, message, signature) =>
      signature.length === 64 && holds(() => ecdsa.verify(signature, message, raw, { lowS })),
  }
}

/** ECDSA on P-256 with SHA-256. High s is accepted, because browsers make it. */
const es256 = ecdsaAlgorithm({
  id: -7,
  name: 'ES256',
  curve: 1,
  spkiPrefix: Uint8Array.of(
    ...[0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1],
    ...[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 3, 0x42, 0],
  ),
  ecdsa: p256,
  lowS: false,
})

/** ECDSA on secp256k1 with SHA-256 (RFC 8812). Low s only, as all software of that curve. */
const es256k = ecdsaAlgorithm({
  id: -47,
  name: 'ES256K',
  curve: 8,
  spkiPrefix: Uint8Array.of(
    ...[0x30, 0x56, 0x30, 0x10, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1],
    ...[6, 5, 0x2b, 0x81, 4, 0, 0x0a, 3, 0x42, 0],
  ),
  ecdsa: secp256k1,
  lowS: true,
})

/** From here down COSE's numbers are for private use, of algorithms and of curves. */
const privateUse = -65_536

/**
 * SM2 with SM3 (GB/T 32918.2), for the user id 1234567812345678. COSE has no number for it: ours is
 * that of TLS 1.3 for scheme and curve (RFC 8998), among those for private use. A signature has no
 * twin.
 */
const sm2: Algorithm = {
  id: privateUse - 0x0708,
  name: 'SM2',
  kty: 2,
  curve: privateUse - 41,
  spkiPrefix: Uint8Array.of(
    ...[0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1],
    ...[6, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d, 3, 0x42, 0],
  ),
  generateSecret: generateSm2Secret,
  publicKeyOf: sm2PublicKeyOf,
  isPublicKey: isSm2PublicKey,
  sign: signSm2,
  verify: (raw, message, signature) => sm2Verifier(raw, signature)(message),
}

export const algorithms: readonly Algorithm[] = [edDsa, es256, es256k, sm2]

/** The algorithm with a COSE id; undefined where it is not in the table. */
export function algorithmById(id: number): Algorithm | undefined {
  return algorithms.find((algorithm) => algorithm.id === id)
}

/** The algorithm with a name such as EdDSA, exactly so written. */
export function algorithmByName(name: string): Algorithm | undefined {
  return algorithms.find((algorithm) => algorithm.name === name)
}

/** The algorithm that a COSE key type and curve stand for; undefined where none does. */
export function algorithmOfCurve(kty: unknown, curve: unknown): Algorithm | undefined {
  return algorithms.find((algorithm) => algorithm.kty === kty && algorithm.curve === curve)
}
