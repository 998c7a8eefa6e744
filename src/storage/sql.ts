import { closeSync, openSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@openbsn/sdk'

/**
 * Opens or makes an SQLite database and brings its tables up to date: migration n leads from
 * `user_version` n to n + 1, each whole or not at all. A statement that returned is on disk.
 * @throws STORE_NEWER where a later version wrote it, or an error of SQLite
 */
export function openSql(path: string, migrations: readonly string[]): DatabaseSync {
  makeOwn(path)
  const database = new DatabaseSync(path, { timeout: 5000 })
  // Full: with less, a power cut may take back what was acknowledged (sqlite.org/pragma.html).
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
  if (version > migrations.length) {
    database.close()
    const message = `${path} has version ${version}; this program knows ${migrations.length}.`
    throw new CodedError('STORE_NEWER', message)
  }
  migrations.slice(version).forEach((migration, i) => {
    transact(database, () => {
      database.exec(migration)
      database.exec(`PRAGMA user_version = ${version + i + 1}`)
    })
  })
  return database
}

/** SQLite makes a file that all may read, and its journals with the mode of the file. */
function makeOwn(path: string): void {
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
}

/** Runs `change` in one transaction: all of it is on disk afterwards, or nothing. */
export function transact<T>(database: DatabaseSync, change: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = change()
    database.exec('COMMIT')
    return result
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Copies a database to a new file, as it is at one moment, while others write it. */
export function copySql(from: string, to: string): void {
  rmSync(to, { force: true })
  makeOwn(to)
  const source = new DatabaseSync(from, { readOnly: true, timeout: 5000 })
  try {
    source.prepare('VACUUM INTO ?').run(to)
  } finally {
    source.close()
  }
}
