import { assert } from '../src/kernel/assert.ts'
import type { RangeOptions, Store, StoreKey, Table } from '../src/storage/store.ts'

type SimpleKey = string | number

/**
 * What a node has on disk, kept in memory: a store is opened on it as often as the node starts.
 * 300 LMDB environments would want 300 maps and threads; of what is read and written nothing
 * differs, but that it is durable at once.
 */
export class MemoryDisk {
  readonly #tables = new Map<string, MemoryTable>()

  /** A disk with the same on it. The values are shared: nobody changes them. */
  copy(): MemoryDisk {
    const copy = new MemoryDisk()
    for (const [name, table] of this.#tables) copy.#tables.set(name, table.copy())
    return copy
  }

  /** Takes the place of LMDB. Several may be open, one of them writes. */
  open(): Store {
    let gathered: (() => void)[] | undefined
    const gather = (change: () => void) => {
      assert(gathered !== undefined, 'a store is changed inside a write')
      gathered.push(change)
    }
    return {
      table: (name) => viewOf(this.#table(name), gather),
      write: async (change) => {
        const changes: (() => void)[] = []
        gathered = changes
        try {
          change()
        } finally {
          gathered = undefined
        }
        for (const apply of changes) apply()
      },
      copyTo: async () => assert(false, 'nothing of a simulation is copied to a folder'),
      close: async () => {},
    }
  }

  #table(name: string): MemoryTable {
    const table = this.#tables.get(name) ?? new MemoryTable()
    this.#tables.set(name, table)
    return table
  }
}

/** One table: values by key, and its keys in order. */
class MemoryTable {
  #values = new Map<SimpleKey, Buffer>()
  #keys: SimpleKey[] = []

  copy(): MemoryTable {
    const copy = new MemoryTable()
    copy.#values = new Map(this.#values)
    copy.#keys = [...this.#keys]
    return copy
  }

  get(key: StoreKey): Buffer | undefined {
    return this.#values.get(simple(key))
  }

  put(key: StoreKey, value: Buffer): void {
    const own = simple(key)
    if (!this.#values.has(own)) this.#keys.splice(this.#placeOf(own), 0, own)
    this.#values.set(own, value)
  }

  remove(key: StoreKey): void {
    const own = simple(key)
    if (this.#values.delete(own)) this.#keys.splice(this.#placeOf(own), 1)
  }

  clear(): void {
    this.#values.clear()
    this.#keys = []
  }

  *range({ start, end, reverse, limit = Number.POSITIVE_INFINITY }: RangeOptions) {
    const first = start === undefined ? undefined : rangeKey(start)
    const last = end === undefined ? undefined : rangeKey(end)
    let place = this.#startOf(first, reverse === true)
    for (let count = 0; count < limit; count++) {
      const key = this.#keys[place]
      if (key === undefined || (last !== undefined && !isBeforeEnd(key, last, reverse))) return
      const value = this.#values.get(key)
      assert(value !== undefined, 'a key of the table has a value')
      yield { key, value }
      place += reverse ? -1 : 1
    }
  }

  #startOf(first: SimpleKey | undefined, isReverse: boolean): number {
    if (first === undefined) return isReverse ? this.#keys.length - 1 : 0
    const place = this.#placeOf(first)
    return isReverse && this.#keys[place] !== first ? place - 1 : place
  }

  /** Where a key is, or would be. */
  #placeOf(key: SimpleKey): number {
    let [low, high] = [0, this.#keys.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#keys[middle] ?? key) < key) low = middle + 1
      else high = middle
    }
    return low
  }
}

const isBeforeEnd = (key: SimpleKey, end: SimpleKey, isReverse: boolean | undefined) =>
  isReverse ? key > end : key < end

/** Lists are keys as text: they are found, and no range is asked of them. */
const simple = (key: StoreKey): SimpleKey => (Array.isArray(key) ? key.join('/') : key)

function rangeKey(key: StoreKey): SimpleKey {
  assert(!Array.isArray(key), 'ranges go over texts or numbers')
  return key
}

function viewOf(table: MemoryTable, gather: (change: () => void) => void): Table {
  return {
    get: (key) => table.get(key),
    put: (key, value) => {
      // The caller may use its bytes again after the write.
      gather(() => table.put(key, Buffer.from(value)))
    },
    remove: (key) => gather(() => table.remove(key)),
    range: (options) => table.range(options),
    clear: () => gather(() => table.clear()),
  }
}
