import type { Algorithm } from '../algorithms.ts'
import { utf8 } from '../bytes.ts'
import type { PublicKey } from '../cose-key.ts'
import { derSignature, rawSignature } from '../fabric/der.ts'
import { base64Of } from '../fabric/pem.ts'
import type { Signer } from '../signer.ts'
import { sm3 } from '../sm3.ts'

/** A value of the old protocol's bodies. */
export type BsnValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly BsnValue[]
  | { readonly [name: string]: BsnValue }

/**
 * The text of a value that a mac is over: values one after the other with nothing between, of a
 * map each key with its value; of lists and objects what they hold, in order; nothing where absent.
 */
export function macText(value: BsnValue): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'object') return String(value)
  return Object.values(value).map(macText).join('')
}

/** Of a map, such as transient data. */
export function mapText(map: Readonly<Record<string, string>>): string {
  return Object.entries(map).flat().join('')
}

/** A signature over a text: DER in base64, of ECDSA with the lower s. */
export async function macOf(text: string, signer: Signer): Promise<string> {
  return base64Of(derSignature(await signer.sign(messageOf(text, signer.key.algorithm))))
}

/** Of SM2 the message is the hash of the text; the signature hashes it once more. */
function messageOf(text: string, { name }: Algorithm): Uint8Array {
  return name === 'SM2' ? sm3(utf8(text)) : utf8(text)
}

export function isMac(mac: unknown, text: string, { algorithm, raw }: PublicKey): boolean {
  if (typeof mac !== 'string') return false
  const signature = rawSignature(bytesOf(mac))
  return signature !== undefined && algorithm.verify(raw, messageOf(text, algorithm), signature)
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  } catch {
    return new Uint8Array()
  }
}
