import { sha256Into } from '../../crypto/native.ts'
import { assert } from '../../kernel/assert.ts'

/** Hashes in a full tile, and the rows of nodes between them and the tile's root. */
export const tileWidth = 256
export const tileRows = 8
export const hashBytes = 32

/** Where each row begins: row r has 256 / 2^r nodes. The tile's root is in the level above. */
const rowStart = Array.from({ length: tileRows }, (_, row) => 2 * tileWidth - 2 ** (9 - row))
const nodesPerTile = 2 * tileWidth - 2

/** The nodes of one tile, from its hashes (row 0) up to row 7; filled from the left. */
export class TileNodes {
  readonly #nodes = Buffer.alloc(nodesPerTile * hashBytes)

  /** A view, valid as long as this object. */
  node(row: number, place: number): Uint8Array {
    const at = ((rowStart[row] ?? 0) + place) * hashBytes
    return this.#nodes.subarray(at, at + hashBytes)
  }

  set(row: number, place: number, hash: Uint8Array): void {
    assert(row < tileRows && place < tileWidth >> row, 'a node lies inside its tile')
    this.#nodes.set(hash, ((rowStart[row] ?? 0) + place) * hashBytes)
  }

  /** The tile's own hashes, as it is stored and served: `count` of them. */
  hashes(count: number): Uint8Array {
    return this.#nodes.subarray(0, count * hashBytes)
  }
}

const nodeInput = Buffer.alloc(1 + 2 * hashBytes, 1)

/** SHA-256(0x01 ‖ left ‖ right) into `out`. Main thread only: the scratch is shared. */
export function nodeHashInto(out: Uint8Array, left: Uint8Array, right: Uint8Array): void {
  nodeInput.set(left, 1)
  nodeInput.set(right, 1 + hashBytes)
  sha256Into(out, nodeInput)
}

/** All nodes of a tile from its stored hashes; in one that is not needed any more, if given. */
export function expandTile(hashes: Uint8Array, tile = new TileNodes()): TileNodes {
  const count = hashes.length / hashBytes
  for (let i = 0; i < count; i++)
    tile.set(0, i, hashes.subarray(i * hashBytes, (i + 1) * hashBytes))
  for (let row = 1; row < tileRows; row++) {
    for (let i = 0; i < count >> row; i++) {
      nodeHashInto(tile.node(row, i), tile.node(row - 1, 2 * i), tile.node(row - 1, 2 * i + 1))
    }
  }
  return tile
}
