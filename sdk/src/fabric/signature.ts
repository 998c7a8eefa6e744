import { concat, fromHex, toHex } from '../bytes.ts'
import { CodedError } from '../errors.ts'
import type { Signer } from '../signer.ts'
import { derSignature } from './der.ts'

/** Of P-256. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/**
 * A signature as Fabric takes it: DER, with the lower of the two s. Keys of browsers and of tokens
 * make both. @throws KEY_INVALID for a signer of another algorithm than ES256
 */
export async function fabricSignature(signer: Signer, message: Uint8Array): Promise<Uint8Array> {
  requireFabricKey(signer)
  const pair = await signer.sign(message)
  const [r, s] = [pair.subarray(0, 32), pair.subarray(32)]
  const number = BigInt(`0x${toHex(s)}`)
  if (number <= order / 2n) return derSignature(pair)
  const low = fromHex((order - number).toString(16).padStart(64, '0'))
  return derSignature(concat(r, low ?? s))
}

/** Fabric verifies nothing but this one. @throws KEY_INVALID */
export function requireFabricKey({ key }: Pick<Signer, 'key'>): void {
  if (key.algorithm.name === 'ES256') return
  const message = `Users of Fabric sign by ES256 (P-256), and not by ${key.algorithm.name}.`
  throw new CodedError('KEY_INVALID', message)
}
