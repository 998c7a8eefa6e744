import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Owner } from '../../fabric-users/user-store.ts'

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

/** Calls of clients of BSN. What returns is on disk. */
export interface BsnStore {
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
  const claim = on('INSERT OR IGNORE INTO bsn_calls VALUES (?, ?, ?, ?, ?, ?, ?)')
  const made = on('SELECT made FROM bsn_calls WHERE ledger = ? AND service = ? AND told = ?')
  const ours = on('SELECT 1 FROM bsn_calls WHERE ledger = ? AND service = ? AND made = ?')
  return {
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
