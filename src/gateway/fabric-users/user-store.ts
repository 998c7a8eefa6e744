import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'

/** An application, as it is kept: its ledger, and the id of its credential. */
export type Owner = { readonly ledger: string; readonly application: string }

export type UserRow = {
  /** Wrapped. */
  readonly secrets: Uint8Array
  /** PEM; undefined until there is one. */
  readonly certificate?: string
}

/** Users of applications on Fabric. What returns is on disk. */
export interface UserStore {
  user(owner: Owner, name: string): UserRow | undefined
  /** Nothing where there is one of that name. */
  addUser(owner: Owner, name: string, secrets: Uint8Array): void
  certifyUser(owner: Owner, name: string, certificate: string): void
}

export function createUserStore(database: DatabaseSync): UserStore {
  const on = (sql: string) => database.prepare(sql)
  const user = on('SELECT * FROM bsn_users WHERE ledger = ? AND application = ? AND name = ?')
  const addUser = on('INSERT OR IGNORE INTO bsn_users VALUES (?, ?, ?, ?, NULL)')
  const certify = on(
    'UPDATE bsn_users SET certificate = ? WHERE ledger = ? AND application = ? AND name = ?',
  )
  return {
    user: ({ ledger, application }, name) => userOf(user.get(ledger, application, name)),
    addUser: ({ ledger, application }, name, secrets) =>
      void addUser.run(ledger, application, name, secrets),
    certifyUser: ({ ledger, application }, name, certificate) =>
      void certify.run(certificate, ledger, application, name),
  }
}

function userOf(row: Record<string, SQLOutputValue> | undefined): UserRow | undefined {
  if (!row) return undefined
  const { certificate } = row
  return {
    secrets: row.secrets as Uint8Array,
    ...(typeof certificate === 'string' ? { certificate } : {}),
  }
}
