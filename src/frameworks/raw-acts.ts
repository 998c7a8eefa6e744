import type { DatabaseSync } from 'node:sqlite'
import type { Hex } from './blocks/hex.ts'

/** Acts whose transactions clients signed: nothing in them says whose act they are. */
export const rawActsTable = `CREATE TABLE raw_acts (
     identity BLOB PRIMARY KEY,
     hash TEXT NOT NULL -- Of the transaction.
   ) STRICT, WITHOUT ROWID`

/** Which transaction an act is, from before it is sent. */
export class RawActs {
  readonly #select
  readonly #insert

  constructor(database: DatabaseSync) {
    this.#select = database.prepare('SELECT hash FROM raw_acts WHERE identity = ?')
    this.#insert = database.prepare('INSERT OR IGNORE INTO raw_acts VALUES (?, ?)')
  }

  hashOf(identity: Uint8Array): Hex | undefined {
    return this.#select.get(identity)?.hash as Hex | undefined
  }

  /** The first transaction of an act stays the one that it is: which that is. */
  keep(identity: Uint8Array, hash: Hex): Hex {
    this.#insert.run(identity, hash)
    return this.hashOf(identity) ?? hash
  }
}
