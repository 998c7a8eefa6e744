import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'

/** SHA-256 where there is no synchronous native one. Same result as `sha256-node.ts`. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = nobleSha256.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}
