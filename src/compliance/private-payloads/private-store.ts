import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { openSql, transact } from '../../storage/sql.ts'
import { migrations } from './tables.ts'

export type StoredPayload = {
  readonly commitment: Uint8Array
  readonly act: Uint8Array
  /** Both null once it is erased. */
  readonly subject: Uint8Array | null
  readonly sealed: Uint8Array | null
  /** When, in seconds since 1970; null while it is kept. */
  readonly erased: number | null
}

export type SubjectKey = { readonly subject: Uint8Array; readonly wrapped: Uint8Array }

/** Who had how many payloads of one subject erased, and when. */
export type Erasure = {
  readonly id: Uint8Array
  readonly ledger: string
  readonly service: string
  /** In whose name. */
  readonly credential: string
  /** Seconds since 1970. */
  readonly time: number
  /** Payloads that were erased. */
  readonly count: number
  /** Index of the record that tells about it; null until there is one. */
  readonly entry: number | null
}

/** The rows of `private.sqlite`. What a call changed is on disk when it returns. */
export interface PrivateStore {
  /** Undefined in a new store. */
  head(): { readonly epoch: number; readonly hashKey: Uint8Array } | undefined
  begin(epoch: number, hashKey: Uint8Array): void
  transact<T>(change: () => T): T

  subjectKey(epoch: number, subject: Uint8Array): Uint8Array | undefined
  addSubjectKey(epoch: number, key: SubjectKey): void
  /** Up to `limit` keys of an epoch in order, behind one of them. */
  subjectKeys(epoch: number, after: Uint8Array, limit: number): SubjectKey[]
  /** Removes up to `limit` keys of other epochs; true where there may be more. */
  forgetOtherEpochs(epoch: number, limit: number): boolean

  payload(commitment: Uint8Array): StoredPayload | undefined
  payloadsOfAct(act: Uint8Array): StoredPayload[]
  addPayload(payload: StoredPayload): void
  removePayload(commitment: Uint8Array): void
  /** Removes the payloads of a subject, and says of each that it is erased. Their number. */
  erasePayloads(subject: Uint8Array, time: number): number
  switchEpoch(epoch: number): void

  addErasure(erasure: Erasure): void
  setErasureEntry(id: Uint8Array, entry: number): void
  erasuresWithoutEntry(): Erasure[]

  /** Waits until the disk has what SQLite reads, whoever wrote it. */
  sync(): void
  /** Leaves no freed bytes in the write-ahead log, where nobody else is reading it. */
  trim(): void
  close(): void
}

/** @throws STORE_NEWER, or an error of SQLite */
export function openPrivateStore(path: string): PrivateStore {
  const database = openSql(path, migrations)
  // Freed pages are overwritten. What makes an erasure certain is that its key is gone; this is so
  // that the hash of a subject is gone too.
  database.exec('PRAGMA secure_delete = ON')
  const prepare = cached(database)
  const run = (sql: string, ...values: Value[]) => Number(prepare(sql).run(...values).changes)
  // Columns have the types that the tables, which are STRICT, say.
  const all = <T>(sql: string, ...values: Value[]) => prepare(sql).all(...values) as T[]
  return {
    ...subjects({ run, all }),
    ...payloads({ run, all }),
    ...erasures({ run, all }),
    head: () => all<Head>('SELECT epoch, hash_key AS hashKey FROM store')[0],
    begin: (epoch, hashKey) => {
      run('INSERT INTO store (id, epoch, hash_key) VALUES (1, ?, ?)', epoch, hashKey)
    },
    switchEpoch: (epoch) => {
      run('UPDATE store SET epoch = ?', epoch)
    },
    transact: (change) => transact(database, change),
    sync: () => syncFile(`${path}-wal`),
    trim: () => {
      database.exec('PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)')
      database.exec('PRAGMA busy_timeout = 5000')
    },
    close: () => database.close(),
  }
}

type Head = { readonly epoch: number; readonly hashKey: Uint8Array }
type Value = Uint8Array | number | string | null
type Sql = {
  readonly run: (sql: string, ...values: Value[]) => number
  readonly all: <T>(sql: string, ...values: Value[]) => T[]
}

function cached(database: DatabaseSync): (sql: string) => StatementSync {
  const statements = new Map<string, StatementSync>()
  return (sql) => {
    const statement = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
}

function subjects({ run, all }: Sql) {
  return {
    subjectKey: (epoch: number, subject: Uint8Array) => {
      const sql = 'SELECT wrapped FROM subject_keys WHERE epoch = ? AND subject = ?'
      return all<SubjectKey>(sql, epoch, subject)[0]?.wrapped
    },
    addSubjectKey: (epoch: number, { subject, wrapped }: SubjectKey) => {
      run('INSERT OR REPLACE INTO subject_keys VALUES (?, ?, ?)', epoch, subject, wrapped)
    },
    subjectKeys: (epoch: number, after: Uint8Array, limit: number) => {
      const sql =
        'SELECT subject, wrapped FROM subject_keys ' +
        'WHERE epoch = ? AND subject > ? ORDER BY subject LIMIT ?'
      return all<SubjectKey>(sql, epoch, after, limit)
    },
    forgetOtherEpochs: (epoch: number, limit: number) => {
      const sql =
        'DELETE FROM subject_keys WHERE (epoch, subject) IN ' +
        '(SELECT epoch, subject FROM subject_keys WHERE epoch < ?1 OR epoch > ?1 LIMIT ?2)'
      return run(sql, epoch, limit) === limit
    },
  }
}

function payloads({ run, all }: Sql) {
  return {
    payload: (commitment: Uint8Array) =>
      all<StoredPayload>('SELECT * FROM payloads WHERE commitment = ?', commitment)[0],
    payloadsOfAct: (act: Uint8Array) =>
      all<StoredPayload>('SELECT * FROM payloads WHERE act = ?', act),
    addPayload: ({ commitment, act, subject, sealed, erased }: StoredPayload) => {
      run('INSERT INTO payloads VALUES (?, ?, ?, ?, ?)', commitment, act, subject, sealed, erased)
    },
    removePayload: (commitment: Uint8Array) => {
      run('DELETE FROM payloads WHERE commitment = ? AND erased IS NULL', commitment)
    },
    erasePayloads: (subject: Uint8Array, time: number) => {
      const sql = 'UPDATE payloads SET subject = NULL, sealed = NULL, erased = ? WHERE subject = ?'
      return run(sql, time, subject)
    },
  }
}

function erasures({ run, all }: Sql) {
  return {
    addErasure: ({ id, ledger, service, credential, time, count, entry }: Erasure) => {
      const sql = 'INSERT INTO erasures VALUES (?, ?, ?, ?, ?, ?, ?)'
      run(sql, id, ledger, service, credential, time, count, entry)
    },
    setErasureEntry: (id: Uint8Array, entry: number) => {
      run('UPDATE erasures SET entry = ? WHERE id = ?', entry, id)
    },
    erasuresWithoutEntry: () =>
      all<Erasure>('SELECT * FROM erasures WHERE entry IS NULL').map((row) => ({ ...row })),
  }
}

/**
 * The file is not that of SQLite's locks, which closing any descriptor of it would take away
 * (sqlite.org/howtocorrupt.html, section 2.2).
 */
function syncFile(path: string): void {
  if (!existsSync(path)) return
  const file = openSync(path, 'r')
  fsyncSync(file)
  closeSync(file)
}
