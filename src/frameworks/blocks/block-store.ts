import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { transact } from '../../storage/sql.ts'
import type { ReadBlock, ReadTransaction } from './block.ts'

/** Positions of one block: no transaction can make so many logs but in the largest blocks. */
export const positionsPerBlock = 131_072

/** Rows of one database transaction: what a turn of the event loop does unnoticed by others. */
const rowsMax = 2000

/** How far the chain of a service is indexed. */
export type Indexed = {
  /** Of the tables. */
  readonly id: number
  /** EIP-155. */
  readonly chain: number
  /** How often blocks were dropped. */
  readonly generation: number
  /** Height in front of the first block that is indexed: -1 where nothing is yet. */
  readonly height: number
  /** Null where nothing is indexed yet. */
  readonly hash: Uint8Array | null
  /** Height + base is the virtual height that positions are made of. */
  readonly base: number
}

/** The first position of the next block. */
export const headOf = ({ height, base }: Pick<Indexed, 'height' | 'base'>) =>
  (height + 1 + base) * positionsPerBlock

export type KeptBlock = { readonly height: number; readonly hash: Uint8Array }

const insertBlock = 'INSERT INTO blocks VALUES (?, ?, ?, ?, ?)'
const insertTransaction = 'INSERT INTO block_transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'

/** Writes the index. Each change is whole, and on disk when it returns. */
export class BlockStore {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
    // What a crash left of a block that was too large for one database transaction.
    for (const row of this.all('SELECT id, height, base FROM block_chains')) {
      this.#clearFrom(Number(row.id), headOf(row as Indexed))
    }
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  get(sql: string, ...values: Value[]): Row | undefined {
    return this.#prepared(sql).get(...values)
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.#prepared(sql).all(...values)
  }

  /** As `all`, row by row: for those that end early. */
  each(sql: string, ...values: Value[]): Iterable<Row> {
    return this.#prepared(sql).iterate(...values)
  }

  run(sql: string, ...values: Value[]): void {
    this.#prepared(sql).run(...values)
  }

  /** All of it or nothing, and on disk. */
  transact<T>(change: () => T): T {
    return transact(this.#database, change)
  }

  chainOf(service: string): Indexed | undefined {
    const columns = 'id, chain, generation, height, hash, base'
    const row = this.get(`SELECT ${columns} FROM block_chains WHERE service = ?`, service)
    return row && (row as unknown as Indexed)
  }

  /** The chain of a service, from now on; `height`: the one in front of the first block. */
  addChain(service: string, chain: number, height = -1): Indexed {
    const sql = 'INSERT INTO block_chains (service, chain, height) VALUES (?, ?, ?)'
    this.run(`${sql} ON CONFLICT DO NOTHING`, service, chain, height)
    return this.chainOf(service) as Indexed
  }

  services(): string[] {
    return this.all('SELECT service FROM block_chains').map(({ service }) => String(service))
  }

  /** Begins above a height: nothing is indexed yet. */
  beginAt({ id }: Indexed, height: number): void {
    this.run('UPDATE block_chains SET height = ? WHERE id = ? AND hash IS NULL', height, id)
  }

  /**
   * Puts blocks that follow the last one, in order: in so many database transactions that none
   * takes long. What is put is seen by readers from one to the next.
   */
  async put(chain: Indexed, blocks: readonly ReadBlock[]): Promise<Indexed> {
    let at = chain
    let group: ReadBlock[] = []
    let rows = 0
    const flush = () => {
      if (group.length > 0) at = this.#putGroup(at, group)
      group = []
      rows = 0
    }
    for (const block of blocks) {
      const own = rowsOf(block)
      if (rows + own > rowsMax) flush()
      if (own > rowsMax) {
        at = await this.#putLarge(at, block)
        continue
      }
      group.push(block)
      rows += own
    }
    flush()
    return at
  }

  #putGroup(chain: Indexed, blocks: readonly ReadBlock[]): Indexed {
    return this.transact(() => {
      let at = chain
      for (const block of blocks) {
        const start = virtualOf(at, block)
        for (const one of block.transactions) this.#putLogs(at.id, block, one, start)
        at = this.#putBlock(at, block)
      }
      this.#setHead(at)
      return at
    })
  }

  /** Its logs stand behind the head until the block is put, where nobody reads. */
  async #putLarge(chain: Indexed, block: ReadBlock): Promise<Indexed> {
    this.#clearFrom(chain.id, headOf(chain))
    const start = virtualOf(chain, block)
    for (const one of block.transactions) {
      for (let from = 0; from < one.logs.length; from += rowsMax) {
        const logs = one.logs.slice(from, from + rowsMax)
        this.transact(() => this.#putLogs(chain.id, block, { ...one, logs }, start))
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    return this.transact(() => {
      const at = this.#putBlock(chain, block)
      this.#setHead(at)
      return at
    })
  }

  #putLogs(id: number, { height }: ReadBlock, one: ReadTransaction, start: number): void {
    const insert = this.#prepared('INSERT INTO block_logs VALUES (?, ?, ?, ?, ?, ?, ?)')
    for (const { index, address, topics, data } of one.logs) {
      insert.run(id, start * positionsPerBlock + index, height, one.place, address, topics, data)
    }
  }

  /** The block and its transactions. */
  #putBlock(chain: Indexed, block: ReadBlock): Indexed {
    const { id } = chain
    const { height, hash, time } = block
    const start = virtualOf(chain, block)
    this.#prepared(insertBlock).run(id, height, hash, time, start)
    for (const one of block.transactions) this.#putTransaction(id, height, one)
    // Logs beyond those of one block take the positions of the next, which then comes later.
    const base = chain.base + Math.floor(lastLogOf(block) / positionsPerBlock)
    return { ...chain, height, hash, base }
  }

  #putTransaction(id: number, height: number, one: ReadTransaction, sql = insertTransaction) {
    const { place, hash, status, sender, receiver, created, gasUsed, input, act } = one
    const values = [place, hash, status, sender, receiver, created, gasUsed, input, act]
    this.#prepared(sql).run(id, height, ...values)
  }

  #setHead({ id, height, hash, base }: Indexed): void {
    const sql = 'UPDATE block_chains SET height = ?, hash = ?, base = ? WHERE id = ?'
    this.#prepared(sql).run(height, hash, base, id)
  }

  /** Transactions of blocks that were passed before anybody knew of them. */
  putLate({ id }: Indexed, blocks: readonly ReadBlock[]): void {
    if (blocks.length === 0) return
    const orNothing = (sql: string) => `${sql} ON CONFLICT DO NOTHING`
    this.transact(() => {
      for (const { height, hash, time, transactions } of blocks) {
        this.run(orNothing(insertBlock), id, height, hash, time, null)
        for (const one of transactions) {
          this.#putTransaction(id, height, one, orNothing(insertTransaction))
        }
      }
    })
  }

  /** The highest block that is kept at or below a height. */
  keptAt({ id }: Indexed, height: number): KeptBlock | undefined {
    const sql = 'SELECT height, hash FROM blocks WHERE chain = ? AND height <= ?'
    const row = this.get(`${sql} ORDER BY height DESC LIMIT 1`, id, height)
    return row && (row as unknown as KeptBlock)
  }

  /** Drops the blocks above one, or all; positions go on where they were. `alsoIn`: beside it. */
  drop(chain: Indexed, ancestor: KeptBlock | undefined, alsoIn: () => void): Indexed {
    const { id } = chain
    const height = ancestor?.height ?? -1
    return this.transact(() => {
      alsoIn()
      const sql = 'SELECT virtual FROM blocks WHERE chain = ? AND height > ? AND virtual NOT NULL'
      const next = this.get(`${sql} ORDER BY height LIMIT 1`, id, height)
      if (next) this.#clearFrom(id, Number(next.virtual) * positionsPerBlock)
      this.run('DELETE FROM block_transactions WHERE chain = ? AND height > ?', id, height)
      this.run('DELETE FROM blocks WHERE chain = ? AND height > ?', id, height)
      const base = chain.base + chain.height - height
      const generation = chain.generation + 1
      const at = { ...chain, height, hash: ancestor?.hash ?? null, base, generation }
      this.#setHead(at)
      this.run('UPDATE block_chains SET generation = ? WHERE id = ?', generation, id)
      return at
    })
  }

  #clearFrom(id: number, position: number): void {
    this.run('DELETE FROM block_logs WHERE chain = ? AND position >= ?', id, position)
  }
}

export type Value = string | number | Uint8Array | null
export type Row = Record<string, unknown>

const lastLogOf = ({ transactions }: ReadBlock) =>
  Math.max(0, ...transactions.map(({ logs }) => logs.at(-1)?.index ?? 0))

const rowsOf = ({ transactions }: ReadBlock) =>
  1 + transactions.reduce((sum, { logs }) => sum + 1 + logs.length, 0)

/** Heights may be left out, where only some blocks are of interest. */
const virtualOf = ({ base }: Indexed, { height }: ReadBlock) => height + base
