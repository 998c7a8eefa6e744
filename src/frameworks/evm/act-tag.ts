import type { Hex } from 'viem'
import { hexOf } from '../blocks/hex.ts'

/** In front of the identity of an act that is appended to calldata: "bsn1" (ADR 0041). */
export const actMarker = Buffer.from('bsn1')
const identityBytes = 32

/** The data with the identity of the act behind it, for every node that follows the chain. */
export function tagged(data: Hex, identity: Uint8Array): Hex {
  return `${data}${actMarker.toString('hex')}${hexOf(identity).slice(2)}`
}

/** The identity that calldata ends with; null where it has none. */
export function actIn(input: Buffer): Buffer | null {
  const from = input.length - identityBytes
  const isTagged = from >= actMarker.length && input.subarray(from - 4, from).equals(actMarker)
  return isTagged ? input.subarray(from) : null
}
