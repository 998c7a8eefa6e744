import { keccak_256 } from '@noble/hashes/sha3.js'

/** Keccak-256 as Ethereum has it: the padding is that of the contest, not of SHA-3. 32 bytes. */
export function keccak256(bytes: Uint8Array): Buffer {
  const hash = keccak_256(bytes)
  return Buffer.from(hash.buffer, hash.byteOffset, hash.length)
}
