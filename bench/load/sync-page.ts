import { fdatasyncSync, writeSync } from 'node:fs'

const pageBytes = 4096

/** Writes the first page of a file and syncs it: milliseconds, the least that a commit can take. */
export function syncPage(file: number, fill: number): number {
  const startMs = performance.now()
  writeSync(file, Buffer.alloc(pageBytes, fill), 0, pageBytes, 0)
  fdatasyncSync(file)
  return performance.now() - startMs
}
