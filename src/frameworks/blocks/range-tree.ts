import { nodeHash } from '@openbsn/sdk'

/** The Merkle tree of RFC 9162 over the transactions of a range of blocks. */
export interface RangeTree {
  /** Hashes of the leaves; at least one. */
  readonly leaves: readonly Uint8Array[]
  readonly root: Uint8Array
  /** Undefined where there is no such leaf. */
  indexOf(leafHash: Uint8Array): number | undefined
  /** From the leaf's sibling up. */
  path(index: number): Uint8Array[]
}

export function createRangeTree(leaves: readonly Uint8Array[]): RangeTree {
  const levels = [leaves]
  let level = leaves
  while (level.length > 1) {
    level = above(level)
    levels.push(level)
  }
  // Made when it is asked for: most trees are only registered.
  let places: Map<string, number> | undefined
  return {
    leaves,
    root: level[0] ?? new Uint8Array(),
    indexOf(leafHash) {
      places ??= new Map(leaves.map((leaf, place) => [nameOf(leaf), place]))
      return places.get(nameOf(leafHash))
    },
    path(index) {
      const siblings = levels.map((nodes, depth) => nodes[Math.floor(index / 2 ** depth) ^ 1])
      return siblings.filter((sibling) => sibling !== undefined)
    },
  }
}

const nameOf = (hash: Uint8Array) => String.fromCharCode(...hash)

/** One alone goes up as it is: so the largest full trees stand on the left, as the RFC has them. */
function above(level: readonly Uint8Array[]): Uint8Array[] {
  const next: Uint8Array[] = []
  for (let i = 0; i < level.length; i += 2) {
    const [left, right] = [level[i], level[i + 1]]
    if (left) next.push(right ? nodeHash(left, right) : left)
  }
  return next
}
