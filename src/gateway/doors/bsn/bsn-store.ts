import { createHash } from 'node:crypto'
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'

type Row = Record<string, SQLOutputValue>

/** An application, as it is kept: its ledger, and the id of its credential. */
export type Owner = { readonly ledger: string; readonly application: string }

export type UserRow = {
  /** Wrapped. */
  readonly secrets: Uint8Array
  /** PEM; undefined until there is one. */
  readonly certificate?: string
}

/** A call that counts once. */
export type ClaimedCall = Owner & {
  readonly service: string
  /** Of whom it is. */
  readonly user: string
  readonly nonce: Uint8Array
  /** The text that its mac is over. */
  readonly signed: string
  readonly told: string
  readonly made: string
  readonly proposal?: Uint8Array
}

type Place = { readonly ledger: string; readonly service: string }

/** Users and calls of clients of BSN. What returns is on disk. */
export interface BsnStore {
  user(owner: Owner, name: string): UserRow | undefined
  /** Nothing where there is one of that name. */
  addUser(owner: Owner, name: string, secrets: Uint8Array): void
  certifyUser(owner: Owner, name: string, certificate: string): void
  /** False where its nonce, or its signed text, was claimed before. */
  claim(call: ClaimedCall): boolean
  /** The transaction that a client knows by this id; undefined for one that was made elsewhere. */
  made(place: Place, told: string): string | undefined
  /** True for a transaction that was made here. */
  isOurs(place: Place, made: string): boolean
}

/** Enough that nobody finds two of the same. */
const markBytes = 16

function mark(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256')
  // Each with its length before it: nothing can move from one to the next.
  for (const part of parts) {
    const bytes = Buffer.from(part as string)
    hash.update(`${bytes.length}:`).update(bytes)
  }
  return hash.digest().subarray(0, markBytes)
}

export function createBsnStore(database: DatabaseSync): BsnStore {
  const on = (sql: string) => database.prepare(sql)
  const user = on('SELECT * FROM bsn_users WHERE ledger = ? AND application = ? AND name = ?')
  const addUser = on('INSERT OR IGNORE INTO bsn_users VALUES (?, ?, ?, ?, NULL)')
  const certify = on(
    'UPDATE bsn_users SET certificate = ? WHERE ledger = ? AND application = ? AND name = ?',
  )
  const claim = on('INSERT OR IGNORE INTO bsn_calls VALUES (?, ?, ?, ?, ?, ?, ?)')
  const made = on('SELECT made FROM bsn_calls WHERE ledger = ? AND service = ? AND told = ?')
  const ours = on('SELECT 1 FROM bsn_calls WHERE ledger = ? AND service = ? AND made = ?')
  return {
    user: ({ ledger, application }, name) => userOf(user.get(ledger, application, name)),
    addUser: ({ ledger, application }, name, secrets) =>
      void addUser.run(ledger, application, name, secrets),
    certifyUser: ({ ledger, application }, name, certificate) =>
      void certify.run(certificate, ledger, application, name),
    claim(call) {
      const { ledger, application, service, told, made: id, proposal = null } = call
      const nonce = mark(ledger, application, call.user, call.nonce)
      const signed = mark(ledger, application, call.signed)
      return claim.run(nonce, signed, ledger, service, told, id, proposal).changes === 1
    },
    made({ ledger, service }, told) {
      const row = made.get(ledger, service, told)
      return row && String(row.made)
    },
    isOurs: ({ ledger, service }, id) => ours.get(ledger, service, id) !== undefined,
  }
}

function userOf(row: Row | undefined): UserRow | undefined {
  if (!row) return undefined
  const { certificate } = row
  return {
    secrets: row.secrets as Uint8Array,
    ...(typeof certificate === 'string' ? { certificate } : {}),
  }
}
