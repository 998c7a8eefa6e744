/** Seconds of a day of `iat`, by which the index is cut. */
const daySeconds = 86_400
export const dayOf = (iat: number) => Math.floor(iat / daySeconds)

export const identityBytes = 32

/** What a worker needs to sort a full table into a file; shared, because lookups go on. */
export type MemtableContent = {
  /** Index of the first entry; the others follow without gap. */
  readonly from: number
  readonly count: number
  readonly identities: SharedArrayBuffer
  readonly days: SharedArrayBuffer
}

/** What a table lies in. */
export type MemtableMemory = Pick<MemtableContent, 'identities' | 'days'> & {
  /** Place of an identity + 1; 0 is an empty slot. */
  readonly slots: Uint32Array
}

/**
 * Where recent identities are, in memory: open addressing over the identities in the order of
 * their entries. 44 bytes an entry.
 */
export class Memtable {
  readonly from: number
  /** For a table after this one, when nobody reads this one any more. */
  readonly memory: MemtableMemory
  readonly #capacity: number
  readonly #mask: number
  readonly #slots: Uint32Array
  readonly #identities: Buffer
  readonly #words: DataView
  readonly #days: Uint32Array
  #count = 0

  /** Holds up to `capacity` entries, a power of two, from index `from` on. */
  constructor(from: number, capacity: number, memory = newMemory(capacity)) {
    this.from = from
    this.memory = memory
    this.#capacity = capacity
    this.#slots = memory.slots.fill(0)
    this.#mask = capacity * 2 - 1
    this.#identities = Buffer.from(memory.identities)
    this.#words = new DataView(memory.identities)
    this.#days = new Uint32Array(memory.days)
  }

  get isFull(): boolean {
    return this.#count === this.#capacity
  }

  get content(): MemtableContent {
    const { identities, days } = this.memory
    return { from: this.from, count: this.#count, identities, days }
  }

  /** Takes the identity of the entry `from` + (entries so far). */
  add(identity: Uint8Array, day: number): void {
    const place = this.#count++
    this.#identities.set(identity, place * identityBytes)
    this.#days[place] = day
    let slot = word(identity) & this.#mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask
    this.#slots[slot] = place + 1
  }

  /** Index of the entry with this identity; undefined where there is none here. */
  find(identity: Uint8Array): number | undefined {
    const first = word(identity)
    for (let slot = first & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const place = (this.#slots[slot] ?? 0) - 1
      if (place === -1) return undefined
      const at = place * identityBytes
      if (this.#words.getUint32(at) !== first) continue
      if (this.#identities.compare(identity, 0, identityBytes, at, at + identityBytes) === 0) {
        return this.from + place
      }
    }
  }
}

function newMemory(capacity: number): MemtableMemory {
  return {
    slots: new Uint32Array(capacity * 2),
    identities: new SharedArrayBuffer(capacity * identityBytes),
    days: new SharedArrayBuffer(capacity * 4),
  }
}

/** The first 32 bits, big endian: an identity is a hash, so any of its bits serve. */
export function word(bytes: Uint8Array, at = 0): number {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  const low = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
  return high * 0x10000 + low
}
