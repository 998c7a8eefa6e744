import type { DatabaseSync } from 'node:sqlite'
import { openSql } from '../../storage/sql.ts'
import { portalMigrations } from './tables.ts'

/** The portal's SQLite database, its own tables up to date. @throws STORE_NEWER */
export function openPortalFile(file: string): DatabaseSync {
  return openSql(
    file,
    portalMigrations.map((statements) => statements.join(';\n')),
  )
}
