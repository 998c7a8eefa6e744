import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Hex } from 'viem'
import type { KeyEncryption } from '../../../crypto/key-encryption.ts'
import { assert } from '../../../kernel/assert.ts'
import { signTransaction } from '../transactions/sign-transaction.ts'
import type { SignedBytes, UnsignedTransaction } from '../transactions/unsigned-transaction.ts'
import { addressOf, secp256k1 } from './secp256k1.ts'

/** The table of managed accounts: a migration of the adapter's database. Never change it: add. */
export const accountsMigration = `CREATE TABLE accounts (
    ledger TEXT NOT NULL,
    service TEXT NOT NULL,
    credential TEXT NOT NULL,
    address TEXT NOT NULL COLLATE NOCASE, -- Checksummed.
    secret BLOB NOT NULL, -- Wrapped.
    PRIMARY KEY (ledger, service, credential)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX accounts_of ON accounts (address)`

/** An account on a chain whose key this node keeps. */
export type Account = {
  /** Checksummed. */
  readonly address: Hex
  /** Deterministic: the same transaction always has the same bytes. */
  sign(transaction: UnsignedTransaction): SignedBytes
}

/** The managed accounts of one ledger: one for each credential of each service. */
export interface Accounts {
  /**
   * Made at first use, and on disk before it is used. Its key is in memory from then on.
   * @throws KEY_UNWRAP_FAILED where another key-encryption key wrapped it; an error of SQLite
   */
  of(service: string, credential: string): Account
  /** Whose account it is, whatever the case of its letters; undefined where not one of these. */
  find(address: string): { readonly service: string; readonly credential: string } | undefined
  /** Overwrites the keys in memory: accounts sign no more. What Node copied may remain. */
  close(): void
}

type Row = { readonly address: Hex; readonly secret: Uint8Array }
type Kept = { readonly account: Account; readonly secret: Uint8Array }

/** `database` has the table of `accountsMigration`. */
export function createAccounts(
  { ledger }: { readonly ledger: string },
  { database, keys }: { readonly database: DatabaseSync; readonly keys: KeyEncryption },
): Accounts {
  const select = database.prepare(
    'SELECT address, secret FROM accounts WHERE ledger = ? AND service = ? AND credential = ?',
  )
  // Where another process was first, its key counts.
  const insert = database.prepare('INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, ?, ?)')
  const selectOwner = database.prepare(
    'SELECT service, credential FROM accounts WHERE ledger = ? AND address = ?',
  )
  const kept = new Map<string, Kept>()
  let isClosed = false

  const rowOf = (service: string, credential: string) =>
    select.get(ledger, service, credential) as Row | undefined

  function make(service: string, credential: string, context: string): Row | undefined {
    const secret = newSecret()
    const address = addressOf(secp256k1.publicKey(secret))
    insert.run(ledger, service, credential, address, keys.wrap(secret, context))
    secret.fill(0)
    return rowOf(service, credential)
  }

  function open(service: string, credential: string, context: string): Kept {
    const row = rowOf(service, credential) ?? make(service, credential, context)
    assert(row !== undefined, 'an account is there once it was made')
    const secret = keys.unwrap(row.secret, context)
    return { account: accountOf(row.address, secret, () => isClosed), secret }
  }

  return {
    of(service, credential) {
      assert(!isClosed, 'accounts are not used once they are closed')
      const context = `EVM account ${JSON.stringify([ledger, service, credential])}`
      const found = kept.get(context) ?? open(service, credential, context)
      kept.set(context, found)
      return found.account
    },
    find: (address) => {
      const row = selectOwner.get(ledger, address)
      return row && { service: String(row.service), credential: String(row.credential) }
    },
    close() {
      isClosed = true
      for (const { secret } of kept.values()) secret.fill(0)
      kept.clear()
    },
  }
}

function accountOf(address: Hex, secret: Uint8Array, isClosed: () => boolean): Account {
  return {
    address,
    sign(transaction) {
      assert(!isClosed(), 'no account signs once its key was overwritten')
      return signTransaction(transaction, secret)
    },
  }
}

function newSecret(): Buffer {
  for (;;) {
    const bytes = randomBytes(32)
    // All but one in 2^128 are.
    if (secp256k1.isSecret(bytes)) return bytes
  }
}
