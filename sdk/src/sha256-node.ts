import { createHash } from 'node:crypto'

/** SHA-256 in native code, where the runtime is Node. `createHash` because Node 20.0 lacks `hash`. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}
