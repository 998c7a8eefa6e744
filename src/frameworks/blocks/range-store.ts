import { type ControlFields, encodeTransactionLeaf, equalBytes, leafHash } from '@openbsn/sdk'
import type { BlockStore, Indexed, Row } from './block-store.ts'
import { createRangeTree, type RangeTree } from './range-tree.ts'

/** What an act says of a range of blocks. */
export type NextRange = ControlFields['blocks-register']

/** A range of blocks as the ledger has it; `entry` is the index of its entry. */
export type RegisteredRange = Omit<NextRange, 'expect'> & { readonly entry: number }

type Kept = {
  readonly entry: number
  readonly generation: number
  readonly first: number
  readonly last: number
  readonly count: number
  readonly root: Uint8Array
  readonly leaves: Uint8Array | null
}

/** The ledger's word on the chain, and where our chain parted from it. */
type Registration = {
  readonly range_version: number
  readonly range_generation: number
  readonly range_first: number
  readonly range_last: number
  readonly range_hash: Uint8Array | null
  readonly fork_height: number | null
}

/** Blocks of one statement, as the ledger bounds them; transactions, where no block has more. */
const [blocksMax, leavesMax] = [1024, 4096]
/** Trees of ranges are made again from the index; those of lately are kept, 300 KB each. */
const treesMax = 16

/** Ranges that are registered, those that are next, and the trees below their roots. */
export class RangeStore {
  readonly #store: BlockStore
  readonly #trees = new Map<string, RangeTree>()

  constructor(store: BlockStore) {
    this.#store = store
  }

  /** The first entry of the ledger that was not looked at yet. */
  get nextEntry(): number {
    return Number(this.#store.get('SELECT next FROM block_entries')?.next)
  }

  #registration({ id }: Indexed): Registration {
    const columns = 'range_version, range_generation, range_first, range_last, range_hash'
    const sql = `SELECT ${columns}, fork_height FROM block_chains WHERE id = ?`
    return this.#store.get(sql, id) as unknown as Registration
  }

  /** The blocks that are to be registered next; undefined where no transaction is in any. */
  next(service: string, at: Indexed): NextRange | undefined {
    const known = this.#registration(at)
    const { lower, generation } = this.#place(at, known)
    const perBlock = this.#store.all(
      `SELECT height, count(*) AS count FROM block_transactions
      WHERE chain = ? AND height > ? AND height <= ? GROUP BY height ORDER BY height LIMIT ?`,
      ...[at.id, lower, at.height, blocksMax],
    )
    const first = Number(perBlock[0]?.height)
    if (perBlock.length === 0) return undefined
    let [count, last] = [0, first]
    for (const row of perBlock) {
      const height = Number(row.height)
      const isBeyond = height - first >= blocksMax || count + Number(row.count) > leavesMax
      if (isBeyond && count > 0) break
      count += Number(row.count)
      last = height
    }
    const { root } = this.tree(at, { first, last })
    const sql = 'SELECT hash FROM blocks WHERE chain = ? AND height = ?'
    const hash = this.#store.get(sql, at.id, last)?.hash as Uint8Array
    const range = { service, chain: at.chain, generation, first, last, hash, root, count }
    return { ...range, expect: known.range_version }
  }

  hasNext(at: Indexed): boolean {
    const { lower } = this.#place(at, this.#registration(at))
    const sql = 'SELECT 1 FROM block_transactions WHERE chain = ? AND height > ? LIMIT 1'
    return this.#store.get(sql, at.id, lower) !== undefined
  }

  /** Above which height nothing of our chain is registered, and under which generation it will. */
  #place(at: Indexed, known: Registration) {
    const { range_version, range_generation: generation, range_last: last } = known
    if (range_version === 0) return { lower: -1, generation: 0 }
    const next = generation + 1
    if (known.fork_height !== null) return { lower: known.fork_height, generation: next }
    const own = this.#store.keptAt(at, last)
    const isOther =
      own?.height === last && known.range_hash && !equalBytes(own.hash, known.range_hash)
    // Somebody registered blocks that our chain does not have: they were taken back meanwhile.
    if (isOther) return { lower: known.range_first - 1, generation: next }
    return { lower: last, generation }
  }

  /** Over the transactions of blocks as the index has them now; undefined where there are none. */
  tree(at: Indexed, { first, last }: Pick<Kept, 'first' | 'last'>): RangeTree {
    const name = [at.id, at.generation, first, last].join()
    const known = this.#trees.get(name)
    if (known) return known
    const sql = 'SELECT hash, input, status, height FROM block_transactions'
    const order = 'WHERE chain = ? AND height >= ? AND height <= ? ORDER BY height, place'
    const rows = this.#store.all(`${sql} ${order}`, at.id, first, last)
    return this.#keep(name, createRangeTree(rows.map((row) => leafHash(leafOf(row)))))
  }

  #keep(name: string, tree: RangeTree): RangeTree {
    const [oldest] = this.#trees.keys()
    if (oldest !== undefined && this.#trees.size >= treesMax) this.#trees.delete(oldest)
    this.#trees.set(name, tree)
    return tree
  }

  /** Ranges as they come from the ledger; each once, however often it is told of. */
  add(ranges: readonly RegisteredRange[], nextEntry: number): void {
    this.#store.transact(() => {
      for (const range of ranges) this.#addOne(range)
      this.#store.run('UPDATE block_entries SET next = max(next, ?)', nextEntry)
    })
  }

  #addOne({ entry, service, chain, generation, first, last, hash, root, count }: RegisteredRange) {
    const store = this.#store
    if (store.get('SELECT 1 FROM block_ranges WHERE entry = ?', entry)) return
    const at = store.chainOf(service) ?? store.addChain(service, chain)
    // Version is how many there are: told in order, it is that of the ledger's object.
    const isNewer = generation > this.#registration(at).range_generation
    store.run(
      'INSERT INTO block_ranges VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)',
      ...[entry, at.id, generation, first, last, last, count, root],
    )
    store.run(
      `UPDATE block_chains SET range_version = range_version + 1, range_generation = ?,
      range_first = ?, range_last = ?, range_hash = ? WHERE id = ?`,
      ...[generation, first, last, hash, at.id],
    )
    if (isNewer) store.run('UPDATE block_chains SET fork_height = NULL WHERE id = ?', at.id)
  }

  /** Compares ranges with our blocks as soon as we have them; those that differ. */
  check(at: Indexed): Kept[] {
    const sql = 'SELECT * FROM block_ranges WHERE chain = ? AND until <= ? AND same IS NULL'
    const rows = this.#store.all(sql, at.id, at.height) as unknown as Kept[]
    const { range_generation } = this.#registration(at)
    return rows.filter((range) => {
      const { leaves, root } = this.tree(at, range)
      const isSame = leaves.length === range.count && equalBytes(root, range.root)
      this.#store.run(
        'UPDATE block_ranges SET same = ? WHERE entry = ?',
        isSame ? 1 : 0,
        range.entry,
      )
      // Of an earlier generation nobody expects that it is so still.
      return !isSame && range.generation === range_generation
    })
  }

  /** The range that a block is proven by, and its tree. */
  proving(at: Indexed, height: number): { range: Kept; tree: RangeTree } | undefined {
    const sql = 'SELECT * FROM block_ranges WHERE chain = ? AND until >= ? AND same = 1'
    const rows = this.#store.all(`${sql} ORDER BY until LIMIT 16`, at.id, height)
    const ranges = (rows as unknown as Kept[]).filter(({ first }) => first <= height)
    const [range] = ranges.toSorted((a, b) => b.generation - a.generation || b.entry - a.entry)
    if (!range) return undefined
    if (!range.leaves) return { range, tree: this.tree(at, range) }
    const name = `entry ${range.entry}`
    const known = this.#trees.get(name)
    return { range, tree: known ?? this.#keep(name, createRangeTree(hashesIn(range.leaves))) }
  }

  /** Blocks above a height are about to be dropped: their ranges go, or end there. */
  dropAbove(at: Indexed, height: number): void {
    const sql = 'SELECT * FROM block_ranges WHERE chain = ? AND until > ? AND same = 1'
    const rows = this.#store.all(sql, at.id, height) as unknown as Kept[]
    for (const range of rows) {
      if (range.first > height) {
        this.#store.run('DELETE FROM block_ranges WHERE entry = ?', range.entry)
        continue
      }
      // What stays is proven by paths through leaves that go.
      const leaves = range.leaves ?? Buffer.concat(this.tree(at, range).leaves)
      const change = 'UPDATE block_ranges SET until = ?, leaves = ? WHERE entry = ?'
      this.#store.run(change, height, leaves, range.entry)
    }
    if (rows.length > 0) this.forkAt(at, height)
  }

  /** From above this height on, our chain is not the one that is registered. */
  forkAt({ id }: Indexed, height: number): void {
    const sql =
      'UPDATE block_chains SET fork_height = min(coalesce(fork_height, ?), ?) WHERE id = ?'
    this.#store.run(sql, height, height, id)
  }
}

/** What the tree has for a transaction of the index. */
export function leafOf(row: Row): Uint8Array {
  return encodeTransactionLeaf({
    transaction: row.hash as Uint8Array,
    input: row.input as Uint8Array,
    status: row.status === 1 ? 1 : 0,
    height: Number(row.height),
  })
}

function hashesIn(leaves: Uint8Array): Uint8Array[] {
  return Array.from({ length: leaves.length / 32 }, (_, i) => leaves.subarray(32 * i, 32 * i + 32))
}
