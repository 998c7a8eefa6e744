import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CborValue, decodeCbor, encodeCbor } from '@openbsn/sdk'
import type { Key } from 'lmdb'
import { assert } from '../kernel/assert.ts'
import type { Finding } from '../ledger/verify/finding.ts'
import { verifyLedger } from '../ledger/verify/verify-ledger.ts'
import { copyOfLedger, type Tables } from './busy-ledger.ts'

/** A change of what is stored; `folder` is the ledger's. */
export type Damage = (tables: Tables, folder: string) => void

/** What the verification of a damaged copy finds: the thing, and which. */
export async function foundAfter(ledger: string, ...damages: Damage[]): Promise<string> {
  const finding = await findingAfter(ledger, ...damages)
  return finding ? `${finding.what} ${finding.which}` : 'nothing'
}

/** What the verification of a damaged copy finds; undefined for nothing. */
export async function findingAfter(
  ledger: string,
  ...damages: Damage[]
): Promise<Finding | undefined> {
  const copy = copyOfLedger(ledger)
  try {
    await copy.change((tables) => {
      for (const damage of damages) damage(tables, copy.path)
    })
    return (await verifyLedger(copy.path, { workers: 1 })).finding
  } finally {
    copy.remove()
  }
}

/** The bytes with one bit of one byte changed. */
export function flipped(bytes: Uint8Array, at: number, bit = 1): Buffer {
  const out = Buffer.from(bytes)
  out[at] = (out[at] ?? 0) ^ bit
  return out
}

/** Changes a bit of a stored value. */
export function flipAt(table: string, key: Key, at: number, bit = 1): Damage {
  return (tables) => tables(table).put(key, flipped(tables(table).get(key), at, bit))
}

/** Removes a stored value. */
export function removed(table: string, key: Key): Damage {
  return (tables) => tables(table).remove(key)
}

/** Puts other values in place of a block's own, by their place in its record. */
export function blockWith(height: number, fields: Readonly<Record<number, CborValue>>): Damage {
  return (tables) => {
    const parts = decodeCbor(tables('blocks').get(height))
    assert(Array.isArray(parts), 'a block is a list')
    tables('blocks').put(height, encodeCbor(parts.map((part, i) => fields[i] ?? part)))
  }
}

/** Changes a file of the index of identities. */
export function runWith(name: string, change: (bytes: Buffer) => Buffer): Damage {
  return (_, folder) => {
    const path = join(folder, 'dedupe', name)
    writeFileSync(path, change(readFileSync(path)))
  }
}

/** The entries of a stored chunk, put together anew after a change. */
export function chunkWith(chunk: Buffer, change: (entries: Buffer[]) => Buffer[]): Buffer {
  const count = chunk.readUInt32BE(8)
  const ends = Array.from({ length: count }, (_, i) => chunk.readUInt32BE(12 + 4 * i))
  const entries = change(ends.map((end, i) => chunk.subarray(ends[i - 1] ?? 12 + 4 * count, end)))
  const head = Buffer.alloc(12 + 4 * entries.length)
  chunk.copy(head, 0, 0, 8)
  head.writeUInt32BE(entries.length, 8)
  entries.reduce((end, entry, i) => {
    head.writeUInt32BE(end + entry.length, 12 + 4 * i)
    return end + entry.length
  }, head.length)
  return Buffer.concat([head, ...entries])
}
