import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { copySql } from '../../storage/sql.ts'
import { epochFile } from './epoch-keys.ts'
import type { PrivateOptions } from './private-payloads.ts'

/** How often it is begun again because an erasure took the key meanwhile. */
const triesMax = 5

/**
 * Copies private payloads while a node works with them, as they are at one moment and without
 * freed pages; with the epoch's key, still wrapped, where that is asked for. False where there are
 * none.
 */
export function copyPrivate(
  from: PrivateOptions,
  to: PrivateOptions,
  { withKeys }: { readonly withKeys: boolean },
): boolean {
  if (!existsSync(from.file)) return false
  for (let tries = 1; ; tries++) {
    const epoch = copyDatabase(from.file, to.file)
    if (!withKeys || epoch === undefined || tries > triesMax) return true
    const path = join(from.keys, epochFile(epoch))
    if (!existsSync(path)) continue
    mkdirSync(to.keys, { recursive: true, mode: 0o700 })
    copyFileSync(path, join(to.keys, epochFile(epoch)))
    return true
  }
}

function copyDatabase(from: string, to: string): number | undefined {
  copySql(from, to)
  const copy = new DatabaseSync(to, { readOnly: true })
  try {
    return copy.prepare('SELECT epoch FROM store').get()?.epoch as number | undefined
  } finally {
    copy.close()
  }
}
