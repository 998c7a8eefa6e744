import { createHash } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { CodedError } from '@openbsn/sdk'
import { identityBytes, word } from './memtable.ts'

/**
 * A sorted file of identities: a head of 64 bytes, then 40 bytes an entry (identity, index), then
 * a Bloom filter, then SHA-256 of head and filter. Written once, never changed.
 */
export const entryBytes = identityBytes + 8
const headBytes = 64
const checksumBytes = 32
const magic = 'BSNRUN01'

/** 10 bits and 7 probes an entry: 0.8 % of lookups read the file in vain. */
const filterBitsPerEntry = 10
const filterProbes = 7

export type RunHead = {
  readonly count: number
  /** Days of `iat` of its entries, first and last. */
  readonly dayMin: number
  readonly dayMax: number
}

/** A Bloom filter over identities, which are hashes already: their own words are the probes. */
export class Filter {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  static forCount(count: number): Filter {
    return new Filter(Buffer.alloc(Math.ceil((count * filterBitsPerEntry) / 8) + 8))
  }

  add(identity: Uint8Array): void {
    this.#probe(identity, (at, bit) => {
      this.bytes[at] = (this.bytes[at] ?? 0) | bit
      return true
    })
  }

  mayHave(identity: Uint8Array): boolean {
    return this.#probe(identity, (at, bit) => ((this.bytes[at] ?? 0) & bit) !== 0)
  }

  #probe(identity: Uint8Array, each: (at: number, bit: number) => boolean): boolean {
    const bits = this.bytes.length * 8
    // Words 4 and 5: the first ones choose the slot in the memtable and the order in the file.
    let probe = word(identity, 16)
    const step = word(identity, 20)
    for (let i = 0; i < filterProbes; i++) {
      const bit = probe % bits
      if (!each(bit >>> 3, 1 << (bit & 7))) return false
      probe = (probe + step) >>> 0
    }
    return true
  }
}

/** Writes a run entry by entry, in order, through a buffer. */
export class RunWriter {
  readonly #file: number
  readonly #filter: Filter
  readonly #buffer = Buffer.alloc(entryBytes * 16_384)
  #fill = 0
  #at = headBytes

  constructor(path: string, count: number) {
    this.#file = openSync(path, 'w', 0o600)
    this.#filter = Filter.forCount(count)
  }

  add(identity: Uint8Array, index: number): void {
    this.#buffer.set(identity, this.#fill)
    this.#buffer.writeBigUInt64BE(BigInt(index), this.#fill + identityBytes)
    this.#filter.add(identity)
    this.#fill += entryBytes
    if (this.#fill === this.#buffer.length) this.#flush()
  }

  #flush(): void {
    this.#write(this.#buffer.subarray(0, this.#fill))
    this.#fill = 0
  }

  #write(bytes: Uint8Array, at = this.#at): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#file, bytes, done, bytes.length - done, at + done)
    }
    if (at === this.#at) this.#at += bytes.length
  }

  /** Completes the file and waits until the disk has it. */
  finish({ count, dayMin, dayMax }: RunHead): void {
    this.#flush()
    const head = Buffer.alloc(headBytes)
    head.write(magic)
    head.writeBigUInt64BE(BigInt(count), 8)
    head.writeUInt32BE(dayMin, 16)
    head.writeUInt32BE(dayMax, 20)
    head.writeUInt32BE(this.#filter.bytes.length, 24)
    this.#write(this.#filter.bytes)
    this.#write(createHash('sha256').update(head).update(this.#filter.bytes).digest())
    this.#write(head, 0)
    fsyncSync(this.#file)
    closeSync(this.#file)
  }
}

/** An open run. Head and filter are in memory; entries are read where they are looked up. */
export class RunFile implements RunHead {
  readonly path: string
  readonly count: number
  readonly dayMin: number
  readonly dayMax: number
  readonly #file: number
  readonly #filter: Filter
  readonly #block = Buffer.alloc(entryBytes * 64)

  /** @throws STORE_DAMAGED where head or filter are not as they were written */
  constructor(path: string) {
    this.path = path
    this.#file = openSync(path, 'r')
    const head = this.#readAt(0, headBytes)
    this.count = Number(head.readBigUInt64BE(8))
    this.dayMin = head.readUInt32BE(16)
    this.dayMax = head.readUInt32BE(20)
    const entriesEnd = headBytes + this.count * entryBytes
    const filterBytes = head.readUInt32BE(24)
    const size = entriesEnd + filterBytes + checksumBytes
    if (head.toString('latin1', 0, 8) !== magic || fstatSync(this.#file).size !== size) {
      throw damaged(path)
    }
    this.#filter = new Filter(this.#readAt(entriesEnd, filterBytes))
    const checksum = createHash('sha256').update(head).update(this.#filter.bytes).digest()
    if (!checksum.equals(this.#readAt(entriesEnd + filterBytes, checksumBytes))) throw damaged(path)
  }

  #readAt(at: number, length: number, into = Buffer.alloc(length)): Buffer<ArrayBuffer> {
    const read = readSync(this.#file, into, 0, length, at)
    if (read !== length) throw damaged(this.path)
    return into.subarray(0, length)
  }

  /** Entries from `start` on, a view that the next call overwrites. */
  read(start: number, count: number, into?: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
    return this.#readAt(headBytes + start * entryBytes, count * entryBytes, into)
  }

  /** Index of the entry with this identity; undefined where there is none here. */
  find(identity: Uint8Array): number | undefined {
    if (!this.#filter.mayHave(identity)) return undefined
    let low = 0
    let high = this.count
    while (high - low > 64) {
      const middle = Math.floor((low + high) / 2)
      const isBelow = this.read(middle, 1, this.#block).compare(identity, 0, 32, 0, 32) <= 0
      if (isBelow) low = middle
      else high = middle
    }
    const block = this.read(low, high - low, this.#block)
    for (let at = 0; at < block.length; at += entryBytes) {
      if (block.compare(identity, 0, identityBytes, at, at + identityBytes) !== 0) continue
      return Number(block.readBigUInt64BE(at + identityBytes))
    }
    return undefined
  }

  close(): void {
    closeSync(this.#file)
  }
}

function damaged(path: string): CodedError {
  const message = `${path} is damaged: stop, delete it, and start again; it is then made anew.`
  return new CodedError('STORE_DAMAGED', message)
}
