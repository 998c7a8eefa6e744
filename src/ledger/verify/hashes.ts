import { hash } from 'node:crypto'

/** SHA-256 over the parts, one behind the other. */
export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const [only] = parts
  return hash('sha256', parts.length === 1 && only ? only : Buffer.concat(parts), 'buffer')
}

const pair = Buffer.alloc(65, 1)

/** SHA-256(0x01 ‖ left ‖ right): inner nodes of the log (RFC 9162) and of the state alike. */
export function sha256Pair(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1)
  pair.set(right, 33)
  return hash('sha256', pair, 'buffer')
}

/** The root of a log without entries: the hash of nothing (RFC 9162, section 2.1.1). */
export const emptyLogRoot = sha256(Buffer.alloc(0))
