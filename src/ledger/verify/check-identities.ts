import { wrong } from './finding.ts'
import { identityBytes } from './read-chunks.ts'
import type { Snapshot } from './snapshot.ts'

/** Identities of one pass: 16 bytes of table for each, so 128 MB. */
const passEntries = 2 ** 23

/**
 * No act twice: no two entries have the same identity. First 64 bits of each are compared, in as
 * many passes as memory needs; what is equal there is compared whole.
 * @throws VERIFY_ENTRY_WRONG for the second of two
 */
export function checkUnique(snapshot: Snapshot, size: number): void {
  const passes = Math.ceil(size / passEntries)
  const suspects = new Set<string>()
  for (let pass = 0; pass < passes; pass++) {
    const seen = new PrefixSet(Math.ceil(size / passes))
    for (const { record } of identityRecords(snapshot, 0)) {
      // Bytes 8 to 11 choose the pass; the table goes by the first 8.
      if (passes > 1 && record.readUInt32BE(8) % passes !== pass) continue
      if (!seen.add(record)) suspects.add(prefixOf(record))
    }
  }
  if (suspects.size > 0) confirm(snapshot, suspects)
}

const prefixOf = (record: Buffer) => record.toString('latin1', 0, 8)

function confirm(snapshot: Snapshot, suspects: ReadonlySet<string>): void {
  const first = new Map<string, number>()
  for (const { index, record } of identityRecords(snapshot, 0)) {
    if (!suspects.has(prefixOf(record))) continue
    const identity = record.toString('latin1', 0, 32)
    const before = first.get(identity)
    if (before !== undefined) throw wrong('entry', index, `it repeats the act of entry ${before}`)
    first.set(identity, index)
  }
}

/** Identity records from the chunk that has `from` on, in order; views. */
export function* identityRecords({ identities }: Snapshot, from: number) {
  let next = from
  for (;;) {
    const chunk = identities.get(next)
    if (!chunk) return
    for (let at = 0; at < chunk.length; at += identityBytes) {
      yield { index: next + at / identityBytes, record: chunk.subarray(at, at + identityBytes) }
    }
    next += chunk.length / identityBytes
  }
}

/** The first 64 bits of identities, in a table with open addressing. */
class PrefixSet {
  readonly #slots: Uint32Array
  readonly #mask: number

  constructor(entries: number) {
    // Passes share by chance: a sixteenth more than the average is far above any deviation.
    const slots = 2 ** Math.ceil(Math.log2(entries * 1.5 + 64))
    this.#slots = new Uint32Array(slots * 2)
    this.#mask = slots - 1
  }

  /** False where these 64 bits are there already. */
  add(identity: Buffer): boolean {
    const high = identity.readUInt32BE(0)
    // Zeros mean an empty slot; two identities that meet by this are told apart when confirmed.
    const low = identity.readUInt32BE(4) || 1
    for (let slot = high & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * 2
      if (this.#slots[at + 1] === 0) {
        this.#slots[at] = high
        this.#slots[at + 1] = low
        return true
      }
      if (this.#slots[at] === high && this.#slots[at + 1] === low) return false
    }
  }
}
