import type { Key } from 'lmdb'
import { wrong } from './finding.ts'
import type { Snapshot, Table } from './snapshot.ts'
import type { StateTrie } from './state-trie.ts'

/**
 * The stored state is the replayed one: its values, and the pages of its tree. Returns how many
 * keys it has.
 * @throws VERIFY_KEY_WRONG
 */
export function checkState(snapshot: Snapshot, state: StateTrie): number {
  const entries = state.entries()
  compare(snapshot.values, entries, (key) => String(key))
  const pages = [...state.pages()].map(([place, page]) => [`/${place}`, page] as const)
  pages.sort(([a], [b]) => (a < b ? -1 : 1))
  compare(snapshot.pages, pages, (key) => `page ${String(key)}`)
  return entries.length
}

/** Walks both in the order of keys. */
function compare(
  table: Table,
  expected: readonly (readonly [string, Buffer])[],
  named: (key: Key) => string,
): void {
  let next = 0
  for (const { key, value } of table.entries()) {
    const [wanted, bytes] = expected[next++] ?? []
    if (wanted === undefined || isBefore(key, wanted)) {
      throw wrong('key', named(key), 'the entries lead to no such key')
    }
    if (key !== wanted) throw wrong('key', named(wanted), 'it is missing')
    if (!bytes?.equals(value))
      throw wrong('key', named(key), 'its bytes are not what the entries lead to')
  }
  const [missing] = expected[next] ?? []
  if (missing !== undefined) throw wrong('key', named(missing), 'it is missing')
}

function isBefore(key: Key, wanted: string): boolean {
  return typeof key !== 'string' || Buffer.compare(Buffer.from(key), Buffer.from(wanted)) < 0
}
