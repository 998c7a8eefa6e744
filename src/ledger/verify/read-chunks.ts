import { type BlockForm, readBlock } from './block-form.ts'
import { reasonOf, wrong } from './finding.ts'
import type { Snapshot } from './snapshot.ts'

/** What is read of the log, in order. */
export type Piece =
  | { readonly kind: 'block'; readonly block: BlockForm }
  | { readonly kind: 'chunk'; readonly chunk: Chunk }
  /** Nothing can be read beyond this; it counts when everything before it is found right. */
  | { readonly kind: 'broken'; readonly error: Error }

/** Entries of one block that are stored together. */
export type Chunk = {
  readonly first: number
  readonly bytes: Buffer
  /** Where each entry ends; the first begins where the list of ends does. */
  readonly ends: readonly number[]
  readonly start: number
  /** Identity records, `identityBytes` each. */
  readonly identities: Buffer
}

/** Identity, what a repeat must share, and iat. */
export const identityBytes = 72

/** Reads blocks 1 to `head` with their entries. */
export function* readPieces(snapshot: Snapshot, head: number): Generator<Piece> {
  let next = 0
  try {
    for (let height = 1; height <= head; height++) {
      const block = blockAt(snapshot, height)
      yield { kind: 'block', block }
      const end = next + block.count
      while (next < end) {
        const chunk = chunkAt(snapshot, next, block)
        yield { kind: 'chunk', chunk }
        next += chunk.ends.length
      }
      if (next > end)
        throw wrong('entry', end, `it is stored with block ${height}, which ends before`)
    }
  } catch (error) {
    if (error instanceof Error) yield { kind: 'broken', error }
  }
}

/** @throws VERIFY_BLOCK_WRONG */
export function blockAt({ blocks }: Snapshot, height: number): BlockForm {
  const bytes = blocks.get(height)
  if (!bytes) throw wrong('block', height, 'it is missing')
  try {
    return readBlock(bytes)
  } catch (error) {
    throw wrong('block', height, reasonOf(error))
  }
}

/** @throws VERIFY_ENTRY_WRONG */
function chunkAt(snapshot: Snapshot, first: number, { height }: BlockForm): Chunk {
  const bytes = snapshot.entries.get(first)
  if (!bytes) throw wrong('entry', first, 'it is missing')
  const count = bytes.length >= 12 ? bytes.readUInt32BE(8) : 0
  const start = 12 + 4 * count
  if (count === 0 || start > bytes.length) throw wrong('entry', first, 'its chunk is cut short')
  if (Number(bytes.readBigUInt64BE(0)) !== height) {
    throw wrong('entry', first, `it is not stored as one of block ${height}`)
  }
  const ends: number[] = []
  for (let place = 0, before = start; place < count; place++) {
    const end = bytes.readUInt32BE(12 + 4 * place)
    if (end <= before || end > bytes.length) throw wrong('entry', first + place, 'its end is wrong')
    ends.push(end)
    before = end
  }
  if (ends.at(-1) !== bytes.length) {
    throw wrong('entry', first + count - 1, 'bytes follow it that belong to no entry')
  }
  return { first, bytes, ends, start, identities: identitiesAt(snapshot, first, count) }
}

function identitiesAt({ identities }: Snapshot, first: number, count: number): Buffer {
  const bytes = identities.get(first)
  if (!bytes) throw wrong('entry', first, 'its identity record is missing')
  if (bytes.length === count * identityBytes) return bytes
  const place = Math.min(Math.floor(bytes.length / identityBytes), count - 1)
  throw wrong('entry', first + place, 'its identity record is cut short, or others follow it')
}

/** Bytes of the entry at a place of a chunk. */
export function entryIn({ bytes, ends, start }: Chunk, place: number): Buffer {
  return bytes.subarray(place === 0 ? start : ends[place - 1], ends[place])
}
