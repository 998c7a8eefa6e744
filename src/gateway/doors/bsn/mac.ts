import { createPublicKey, hash, verify } from 'node:crypto'
import { DER } from '@noble/curves/abstract/weierstrass.js'
import { type Algorithm, concat, type PublicKey, sm2Verifier, toHex } from '@openbsn/sdk'
import { type CurveSecret, privateKeyOf } from '../../../crypto/native.ts'
import { signLowS } from '../../../frameworks/fabric/organisation/low-s.ts'
import { assert } from '../../../kernel/assert.ts'

/** How the protocol numbers what a key signs by. */
export const algorithmTypes = { SM2: 1, ES256: 2, ES256K: 3 } as const
export type MacAlgorithm = keyof typeof algorithmTypes

export const isMacAlgorithm = (name: string): name is MacAlgorithm =>
  Object.hasOwn(algorithmTypes, name)

/** Tells of texts whether a mac is over them; what is dear is done once for all of them. */
export type MacVerifier = (mac: string) => (text: string) => boolean
/** A mac over a text. */
export type MacSigner = (text: string) => string

/** Macs are DER in base64; either of the two s of ECDSA is taken. */
export function macVerifier({ algorithm, raw }: PublicKey): MacVerifier {
  if (isSm2(algorithm)) return (mac) => sm2MacVerifier(raw, Buffer.from(mac, 'base64'))
  const spki = Buffer.from(concat(algorithm.spkiPrefix, raw))
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  return (mac) => {
    const signature = Buffer.from(mac, 'base64')
    return (text) => signature.length > 0 && verify('sha256', Buffer.from(text), key, signature)
  }
}

/** Of ECDSA with the lower s: Go and Python take no other one. */
export function macSigner({ algorithm, secret }: CurveSecret): MacSigner {
  if (isSm2(algorithm)) {
    return (text) => derOf(algorithm.sign(secret, sm3(text))).toString('base64')
  }
  const key = privateKeyOf(algorithm, secret)
  assert(key !== undefined, 'keys that make macs are of elliptic curves')
  return (text) => signLowS(Buffer.from(text), key).toString('base64')
}

const isSm2 = ({ name }: Algorithm) => name === 'SM2'

/** What SM2 signs is the hash of the text, which it then hashes itself, as any message. */
const sm3 = (text: string) => hash('sm3', text, 'buffer')

function sm2MacVerifier(raw: Uint8Array, signature: Uint8Array): (text: string) => boolean {
  const pair = pairOf(signature)
  if (!pair) return () => false
  const isOver = sm2Verifier(raw, pair)
  return (text) => isOver(sm3(text))
}

/** r ‖ s of a signature in DER; undefined where it is none. */
function pairOf(der: Uint8Array): Buffer | undefined {
  try {
    const { r, s } = DER.toSig(der)
    const hex = [r, s].map((one) => one.toString(16).padStart(64, '0')).join('')
    return hex.length === 128 ? Buffer.from(hex, 'hex') : undefined
  } catch {
    return undefined
  }
}

function derOf(pair: Uint8Array): Buffer {
  const number = (bytes: Uint8Array) => BigInt(`0x${toHex(bytes)}`)
  const [r, s] = [number(pair.subarray(0, 32)), number(pair.subarray(32))]
  return Buffer.from(DER.hexFromSig({ r, s }), 'hex')
}
