import { wrong } from './finding.ts'
import { identityBytes } from './read-chunks.ts'
import type { Snapshot } from './snapshot.ts'

export type LogEnd = { readonly head: number; readonly size: number }

/** Nothing is stored that no block has. @throws VERIFY_BLOCK_WRONG, VERIFY_ENTRY_WRONG */
export function checkStrays(snapshot: Snapshot, { head, size }: LogEnd): void {
  const { blocks, entries, identities } = snapshot
  let height = 0
  for (const key of blocks.keys()) {
    if (key !== height || height > head) {
      throw wrong('block', String(key), `it is stored, and the last block is ${head}`)
    }
    height++
  }
  let next = 0
  for (const { key, value } of entries.entries()) {
    if (key !== next || next >= size)
      throw wrong('entry', String(key), 'it is stored, and no block has it')
    next += value.readUInt32BE(8)
  }
  let record = 0
  for (const { key, value } of identities.entries()) {
    if (key !== record || record >= size) {
      throw wrong('entry', String(key), 'an identity record is stored for it, and no block has it')
    }
    record += value.length / identityBytes
  }
}
