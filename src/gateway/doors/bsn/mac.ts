import { type KeyObject, verify } from 'node:crypto'
import { signLowS } from '../../../frameworks/fabric/organisation/low-s.ts'

/** How the protocol numbers what a key signs by; it has SM2 as 1. */
export const algorithmTypes = { ES256: 2, ES256K: 3 } as const
export type MacAlgorithm = keyof typeof algorithmTypes

export const isMacAlgorithm = (name: string): name is MacAlgorithm =>
  Object.hasOwn(algorithmTypes, name)

/** Whether a mac is over a text: DER in base64, with either of the two s. */
export function isMac(mac: string, text: string, key: KeyObject): boolean {
  const signature = Buffer.from(mac, 'base64')
  return signature.length > 0 && verify('sha256', Buffer.from(text), key, signature)
}

/** A mac over a text, with the lower s: Go and Python take no other one. */
export function macOf(text: string, key: KeyObject): string {
  return signLowS(Buffer.from(text), key).toString('base64')
}
