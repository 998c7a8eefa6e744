import { leafHash, nodeHash, sha256 } from '@openbsn/sdk'

/** The tree over some entries, by the recursive definitions of RFC 9162, section 2.1. */
export type MerkleModel = {
  /** MTH of the first `size` entries. */
  root(size: number): Uint8Array
  /** PATH(index, D_size). */
  inclusion(index: number, size: number): Uint8Array[]
  /** PROOF(sizeBefore, D_size). */
  consistency(sizeBefore: number, size: number): Uint8Array[]
}

/** Remembers the hashes of ranges, so that all sizes up to some hundreds can be tried. */
export function createMerkleModel(entries: readonly Uint8Array[]): MerkleModel {
  const known = new Map<string, Uint8Array>()

  function treeHash(from: number, to: number): Uint8Array {
    const name = `${from} ${to}`
    const before = known.get(name)
    if (before) return before
    const hash = computed(from, to)
    known.set(name, hash)
    return hash
  }

  function computed(from: number, to: number): Uint8Array {
    if (from === to) return sha256()
    if (to - from === 1) return leafHash(entries[from] ?? new Uint8Array(0))
    const middle = from + largestPowerBelow(to - from)
    return nodeHash(treeHash(from, middle), treeHash(middle, to))
  }

  function path(index: number, from: number, to: number): Uint8Array[] {
    if (to - from === 1) return []
    const k = largestPowerBelow(to - from)
    return index < k
      ? [...path(index, from, from + k), treeHash(from + k, to)]
      : [...path(index - k, from + k, to), treeHash(from, from + k)]
  }

  function subproof(m: number, from: number, to: number, whole: boolean): Uint8Array[] {
    const n = to - from
    if (m === n) return whole ? [] : [treeHash(from, to)]
    const k = largestPowerBelow(n)
    return m <= k
      ? [...subproof(m, from, from + k, whole), treeHash(from + k, to)]
      : [...subproof(m - k, from + k, to, false), treeHash(from, from + k)]
  }

  return {
    root: (size) => treeHash(0, size),
    inclusion: (index, size) => path(index, 0, size),
    consistency: (sizeBefore, size) => subproof(sizeBefore, 0, size, true),
  }
}

/** k < n <= 2k, for n above 1. */
function largestPowerBelow(n: number): number {
  return 2 ** Math.ceil(Math.log2(n) - 1)
}
