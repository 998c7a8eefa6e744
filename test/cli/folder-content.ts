import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Every folder and file in a folder, these with their SHA-256; but those that LMDB and SQLite have
 * for whoever looks at a file of theirs.
 */
export function contentOf(folder: string): Record<string, string> {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !/^lock\.mdb$|-(wal|shm)$/.test(entry.name))
    .map((entry) => [join(entry.parentPath, entry.name), entry.isFile()] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
  return Object.fromEntries(found.map(([path, isFile]) => [path, isFile ? hash(path) : 'folder']))
}
