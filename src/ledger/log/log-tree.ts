import { emptyRoot } from '@openbsn/sdk'
import { assert } from '../../kernel/assert.ts'
import {
  expandTile,
  hashBytes,
  nodeHashInto,
  TileNodes,
  tileRows,
  tileWidth,
} from './tile-nodes.ts'

/** Where full tiles lie. */
export interface TileStore {
  /** The 256 hashes of a full tile. */
  readTile(level: number, index: number): Uint8Array
}

/** What appending some leaves makes: nothing that can be read changes until `finish`. */
export type LogPlan = {
  readonly sizeBefore: number
  readonly size: number
  readonly root: Uint8Array
  /** New nodes by height above the leaves, one behind the other. */
  readonly nodes: readonly Uint8Array[]
}

export type FullTile = {
  readonly level: number
  readonly index: number
  readonly hashes: Uint8Array
}

/** Full tiles that are kept expanded: 4 MB, enough for the receipts of a long run of entries. */
const expandedTilesMax = 256

/**
 * The append-only Merkle tree (RFC 9162, section 2.1) over tiles of 256 hashes. Full tiles are on
 * disk; the right edge, one unfinished tile per level, is in memory.
 */
export class LogTree {
  readonly #store: TileStore
  readonly #edge: TileNodes[] = []
  readonly #expanded = new Map<string, TileNodes>()
  /**
   * What was dropped last, for the next one to read: else reads at random places leave 16 kB each
   * that V8 has to collect, and every hundredth waits for it (ADR 0013).
   */
  #spare: TileNodes | undefined
  #size = 0

  constructor(store: TileStore) {
    this.#store = store
  }

  get size(): number {
    return this.#size
  }

  /** Hashes what `leaves` add. 32 bytes each. */
  plan(leaves: readonly Uint8Array[]): LogPlan {
    const rows: GrowingRow[] = []
    const row = (height: number) => {
      for (let h = rows.length; h <= height; h++) rows.push(new GrowingRow(leaves.length >> h))
      return rows[height] as GrowingRow
    }
    let size = this.#size
    for (const leaf of leaves) {
      let hash = row(0).add(leaf)
      let height = 0
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
        const left = rows[height]?.beforeLast() ?? this.#node(height, rest - 1)
        hash = row(height + 1).addNode(left, hash)
        height++
      }
      size++
    }
    const nodes = rows.map((one) => one.bytes())
    const plan = { sizeBefore: this.#size, size, nodes, root: emptyRoot }
    return { ...plan, root: this.#rootOf(plan) }
  }

  #rootOf({ sizeBefore, size, nodes }: LogPlan): Uint8Array {
    let root: Uint8Array | undefined
    for (let height = 0, rest = size; rest > 0; height++, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 0) continue
      const first = Math.floor(sizeBefore / 2 ** height)
      const row = nodes[height]
      const peak =
        rest - 1 >= first && row
          ? row.subarray((rest - 1 - first) * hashBytes, (rest - first) * hashBytes)
          : this.#node(height, rest - 1)
      root = root ? joined(peak, root) : peak
    }
    return root ? Uint8Array.from(root) : emptyRoot
  }

  /**
   * Puts a plan's nodes beyond the tree's size; returns the tiles that they fill. When these are on
   * disk, and not before, `finish` makes the nodes part of the tree.
   */
  fill({ sizeBefore, nodes }: LogPlan): FullTile[] {
    assert(sizeBefore === this.#size, 'a plan is applied to the tree that it was made for')
    const full: FullTile[] = []
    nodes.forEach((row, height) => {
      const level = Math.floor(height / tileRows)
      const first = Math.floor(sizeBefore / 2 ** height)
      for (let i = 0; i * hashBytes < row.length; i++) {
        const place = first + i
        const hash = row.subarray(i * hashBytes, (i + 1) * hashBytes)
        this.#place(level, height % tileRows, place, hash, full)
      }
    })
    return full
  }

  finish({ sizeBefore, size }: LogPlan): void {
    assert(sizeBefore === this.#size, 'a plan is finished once')
    this.#size = size
    this.#finishTiles()
  }

  /** Rows of one tile come one after the other, so several tiles of a level can be open at once. */
  #open = new Map<string, { tile: TileNodes; level: number; index: number }>()

  #place(level: number, row: number, place: number, hash: Uint8Array, full: FullTile[]): void {
    const width = tileWidth >> row
    const index = Math.floor(place / width)
    const tile = this.#openTile(level, index)
    tile.set(row, place % width, hash)
    if (row === 0 && place % width === width - 1) {
      full.push({ level, index, hashes: tile.hashes(tileWidth) })
    }
  }

  #openTile(level: number, index: number): TileNodes {
    const name = `${level}/${index}`
    const open = this.#open.get(name)
    if (open) return open.tile
    const isEdge = index === this.#edgeIndex(level)
    const tile = (isEdge ? this.#edge[level] : undefined) ?? new TileNodes()
    this.#open.set(name, { tile, level, index })
    return tile
  }

  /** Sorts the touched tiles into full ones, which are kept for a while, and the new right edge. */
  #finishTiles(): void {
    for (const { tile, level, index } of this.#open.values()) {
      const edgeIndex = this.#edgeIndex(level)
      if (index !== edgeIndex) this.#keep(`${level}/${index}`, tile)
      this.#edge[level] = this.#open.get(`${level}/${edgeIndex}`)?.tile ?? new TileNodes()
    }
    // Not cleared: V8 chains a cleared map's tables (ADR 0013).
    this.#open = new Map()
  }

  #edgeIndex(level: number): number {
    return Math.floor(this.#size / tileWidth ** (level + 1))
  }

  #keep(name: string, tile: TileNodes): void {
    this.#expanded.set(name, tile)
    for (const [oldest, dropped] of this.#expanded) {
      if (this.#expanded.size <= expandedTilesMax) return
      this.#expanded.delete(oldest)
      this.#spare = dropped
    }
  }

  /**
   * A node that is complete: its 2^height leaves are all there. A view that holds while the next
   * node is read: copy before keeping.
   */
  #node(height: number, place: number): Uint8Array {
    const level = Math.floor(height / tileRows)
    const width = tileWidth >> (height % tileRows)
    const index = Math.floor(place / width)
    return this.#tileNodes(level, index).node(height % tileRows, place % width)
  }

  #tileNodes(level: number, index: number): TileNodes {
    if (index === this.#edgeIndex(level)) {
      const edge = this.#edge[level]
      assert(edge !== undefined, 'the right edge of every level is in memory')
      return edge
    }
    const name = `${level}/${index}`
    const kept = this.#expanded.get(name)
    if (kept) return kept
    const spare = this.#spare
    this.#spare = undefined
    const tile = expandTile(this.#store.readTile(level, index), spare)
    this.#keep(name, tile)
    return tile
  }

  /**
   * Brings the tree to `size` from what is stored: full tiles, and the hashes of the last leaves,
   * which are in no full tile yet.
   */
  restore(size: number, lastLeaves: readonly Uint8Array[]): void {
    assert(lastLeaves.length === size % tileWidth, 'the leaves after the last full tile are given')
    this.#size = size
    this.#edge.length = 0
    let hashes: readonly Uint8Array[] = lastLeaves
    for (let level = 0, count = size; level === 0 || count > 0; level++) {
      const tile = expandTile(Buffer.concat([...hashes]))
      this.#edge.push(tile)
      const above = Math.floor(count / tileWidth)
      const first = above - (above % tileWidth)
      hashes = Array.from({ length: above - first }, (_, i) => {
        const below = expandTile(this.#store.readTile(level, first + i))
        return joined(below.node(7, 0), below.node(7, 1))
      })
      count = above
    }
  }

  /** Hashes of a tile, full or at the right edge; undefined where there is none. */
  tile(level: number, index: number): Uint8Array | undefined {
    const count = Math.floor(this.#size / tileWidth ** level) - index * tileWidth
    if (count <= 0) return undefined
    if (count >= tileWidth) return this.#store.readTile(level, index)
    return Uint8Array.from(this.#tileNodes(level, index).hashes(count))
  }

  /** Hash of the entries from `start` up to `end`, where `start` is a multiple of a larger 2^n. */
  #range(start: number, end: number): Uint8Array {
    let hash: Uint8Array | undefined
    let stop = end
    while (stop > start) {
      let height = 0
      let block = 1
      while (stop % (block * 2) === 0 && stop - block * 2 >= start) {
        block *= 2
        height++
      }
      const node = this.#node(height, stop / block - 1)
      hash = hash ? joined(node, hash) : node
      stop -= block
    }
    assert(hash !== undefined, 'a range has entries')
    return hash
  }

  /** Path from the leaf's sibling up in the tree of `size` entries; index < size ≤ own size. */
  inclusionPath(index: number, size: number): Uint8Array[] {
    assert(index < size && size <= this.#size, 'the entry is in the tree, and the tree was once so')
    const path: Uint8Array[] = []
    for (let block = 1; block < size; block *= 2) {
      const own = Math.floor(index / block)
      const sibling = own % 2 === 0 ? own + 1 : own - 1
      const start = sibling * block
      if (start >= size) continue
      path.push(Uint8Array.from(this.#range(start, Math.min(start + block, size))))
    }
    return path
  }

  /** Path for `isConsistent`; before ≤ size ≤ own size. Empty for before = 0 or = size. */
  consistencyPath(before: number, size: number): Uint8Array[] {
    assert(before <= size && size <= this.#size, 'both trees are prefixes of this one')
    if (before === 0 || before === size) return []
    const path: Uint8Array[] = []
    let block = 1
    while (before % (block * 2) === 0) block *= 2
    if (block !== before) path.push(Uint8Array.from(this.#range(before - block, before)))
    for (; block < size; block *= 2) {
      const own = Math.floor((before - 1) / block)
      const sibling = own % 2 === 0 ? own + 1 : own - 1
      const start = sibling * block
      if (start >= size) continue
      path.push(Uint8Array.from(this.#range(start, Math.min(start + block, size))))
    }
    return path
  }
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const out = Buffer.alloc(hashBytes)
  nodeHashInto(out, left, right)
  return out
}

/** The new nodes of one height, gathered in one buffer that grows by doubling. */
class GrowingRow {
  #buffer: Buffer
  #count = 0

  constructor(expected: number) {
    this.#buffer = Buffer.allocUnsafeSlow((expected + 2) * hashBytes)
  }

  #slot(): Uint8Array {
    const at = this.#count * hashBytes
    if (at + hashBytes > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(this.#buffer.length * 2)
      this.#buffer.copy(larger)
      this.#buffer = larger
    }
    this.#count++
    return this.#buffer.subarray(at, at + hashBytes)
  }

  add(hash: Uint8Array): Uint8Array {
    const slot = this.#slot()
    slot.set(hash)
    return slot
  }

  addNode(left: Uint8Array, right: Uint8Array): Uint8Array {
    const slot = this.#slot()
    nodeHashInto(slot, left, right)
    return slot
  }

  /** The node left of the last one, where it is new too. */
  beforeLast(): Uint8Array | undefined {
    if (this.#count < 2) return undefined
    return this.#buffer.subarray((this.#count - 2) * hashBytes, (this.#count - 1) * hashBytes)
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#count * hashBytes)
  }
}
