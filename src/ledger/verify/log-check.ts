import { wrong } from './finding.ts'
import { LogStack } from './log-stack.ts'
import type { Snapshot } from './snapshot.ts'

const width = 256
const rows = 8
const hashBytes = 32

type BadTile = { readonly level: number; readonly place: number; readonly why: string }

/** The log as the entries make it, against the stored tiles. */
export class LogCheck {
  readonly #snapshot: Snapshot
  readonly #stack: LogStack
  /** The unfinished tile of each level. */
  readonly #open: Buffer[] = []
  /** Found, but not told before the entries are known to be right. */
  #bad: BadTile | undefined
  #tiles = 0
  /** Leaves of the block at hand. */
  #leaves: Buffer[] = []

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
    this.#stack = new LogStack((height, place, hash) => {
      if (height % rows === 0) this.#add(height / rows, place, hash)
    })
  }

  get size(): number {
    return this.#stack.size
  }

  get tiles(): number {
    return this.#tiles
  }

  append(leaf: Buffer): void {
    this.#leaves.push(leaf)
    this.#stack.append(leaf)
  }

  #add(level: number, place: number, hash: Buffer): void {
    this.#open[level] ??= Buffer.alloc(width * hashBytes)
    const open = this.#open[level]
    open.set(hash, (place % width) * hashBytes)
    if (place % width < width - 1) return
    this.#tiles++
    const index = Math.floor(place / width)
    const stored = this.#snapshot.tiles.get([level, index])
    if (stored?.equals(open)) return
    const why = stored ? 'its hashes are not those that the entries lead to' : 'it is missing'
    this.#bad ??= { level, place: index, why }
  }

  /** True where the log now has this root. */
  hasRoot(logRoot: Buffer): boolean {
    return this.#stack.root().equals(logRoot)
  }

  /** Ends a block whose root is right. @throws VERIFY_TILE_WRONG */
  endBlock(): void {
    this.#leaves = []
    if (this.#bad) throw wrong('tile', `${this.#bad.level}/${this.#bad.place}`, this.#bad.why)
  }

  /** Of a block whose root is wrong: the first entry whose leaf is not the one in its tile. */
  suspect(): number | undefined {
    const first = this.size - this.#leaves.length
    const place = this.#leaves.findIndex((leaf, i) => {
      const index = first + i
      const tile = this.#snapshot.tiles.get([0, Math.floor(index / width)])
      const at = (index % width) * hashBytes
      return tile !== undefined && !tile.subarray(at, at + hashBytes).equals(leaf)
    })
    return place === -1 ? undefined : first + place
  }

  /** @throws VERIFY_TILE_WRONG for one that the log does not have */
  requireNoOthers(): void {
    for (const key of this.#snapshot.tiles.keys()) {
      const [level, index] = Array.isArray(key) ? key : []
      const full = Math.floor(this.size / width ** (Number(level) + 1))
      if (Number(index) >= 0 && Number(index) < full) continue
      throw wrong(
        'tile',
        Array.isArray(key) ? key.join('/') : String(key),
        'the log has no such tile',
      )
    }
  }
}
