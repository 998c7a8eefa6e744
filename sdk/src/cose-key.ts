import { sha256 } from '#sha256'
import { type Algorithm, algorithmOfCurve, algorithms } from './algorithms.ts'
import { concat, equalBytes } from './bytes.ts'
import { type CborValue, encodeCbor } from './cbor.ts'
import { decodeCbor } from './cbor-reader.ts'
import { CodedError } from './errors.ts'

/**
 * A public key. `raw` is the 32 bytes of an Ed25519 key, or 0x04 ‖ x ‖ y of an elliptic curve key.
 */
export type PublicKey = { readonly algorithm: Algorithm; readonly raw: Uint8Array }

/** COSE_Key labels (RFC 9052, section 7; RFC 9053, section 7). */
const label = { kty: 1, curve: -1, x: -2, y: -3 }

function keyError(message: string): CodedError {
  return new CodedError('KEY_INVALID', message)
}

/**
 * A COSE_Key with only the members that identify it, in deterministic CBOR: the very input of the
 * thumbprint (RFC 9679, section 4).
 */
export function encodeCoseKey({ algorithm, raw }: PublicKey): Uint8Array {
  const members: [number, CborValue][] = [
    [label.kty, algorithm.kty],
    [label.curve, algorithm.curve],
  ]
  if (algorithm.kty === 1) members.push([label.x, raw])
  else members.push([label.x, raw.slice(1, 33)], [label.y, raw.slice(33)])
  return encodeCbor(new Map(members))
}

/** @throws KEY_INVALID for an unknown type, a wrong length or any other member; CBOR_* */
export function decodeCoseKey(bytes: Uint8Array): PublicKey {
  const map = decodeCbor(bytes)
  if (!(map instanceof Map)) throw keyError('A COSE_Key is a map.')
  const algorithm = algorithmOfCurve(map.get(label.kty), map.get(label.curve))
  if (!algorithm)
    throw keyError('Key type or curve is not supported: use Ed25519, P-256, secp256k1 or SM2.')
  const x = map.get(label.x)
  const y = map.get(label.y)
  if (!(x instanceof Uint8Array)) throw keyError('A COSE_Key needs x as bytes.')
  const isPoint = algorithm.kty === 2
  if (isPoint !== y instanceof Uint8Array || map.size !== (isPoint ? 4 : 3)) {
    throw keyError('A COSE_Key here has kty, crv, x (and y for elliptic curves), nothing else.')
  }
  if (!(y instanceof Uint8Array)) return publicKey(algorithm, x)
  // A coordinate cut elsewhere would join to the same point under another encoding.
  if (x.length !== 32 || y.length !== 32) throw keyError('x and y have 32 bytes each.')
  return publicKey(algorithm, concat(Uint8Array.of(4), x, y))
}

/** @throws KEY_INVALID where `raw` is no point of the curve, or one of small order */
export function publicKey(algorithm: Algorithm, raw: Uint8Array): PublicKey {
  if (!algorithm.isPublicKey(raw)) throw keyError(`Not a public key of ${algorithm.name}.`)
  return { algorithm, raw: raw.slice() }
}

/** The key's id everywhere: SHA-256 thumbprint, 32 bytes (RFC 9679). */
export function thumbprint(key: PublicKey): Uint8Array {
  return sha256(encodeCoseKey(key))
}

/** The key as SubjectPublicKeyInfo in PEM (RFC 7468). */
export function toPem({ algorithm, raw }: PublicKey): string {
  const der = concat(algorithm.spkiPrefix, raw)
  const lines = btoa(String.fromCharCode(...der)).match(/.{1,64}/g) ?? []
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`
}

const pemBegin = '-----BEGIN PUBLIC KEY-----'
const pemBlock = /^([A-Za-z0-9+/=\s]{1,1000})-----END PUBLIC KEY-----/

/** Every public key in a PEM text. @throws KEY_INVALID where there is none, or one is unusable */
export function fromPem(text: string): PublicKey[] {
  const [, ...blocks] = text.split(pemBegin)
  if (blocks.length === 0) throw keyError('No PUBLIC KEY block in the PEM text.')
  return blocks.map((block) => {
    const body = pemBlock.exec(block)?.[1]
    if (body === undefined) throw keyError('A PUBLIC KEY block in the PEM text is broken.')
    return spkiKey(body.replace(/\s/g, ''))
  })
}

function spkiKey(base64: string): PublicKey {
  const der = derOf(base64)
  for (const algorithm of algorithms) {
    const prefix = algorithm.spkiPrefix
    if (!equalBytes(der.subarray(0, prefix.length), prefix)) continue
    return publicKey(algorithm, der.slice(prefix.length))
  }
  throw keyError('Key type is not supported: use Ed25519, P-256, secp256k1 or SM2.')
}

function derOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  } catch (cause) {
    throw new CodedError('KEY_INVALID', 'The PEM block is not base64.', { cause })
  }
}
