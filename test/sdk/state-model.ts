import {
  bitAt,
  emptyStateRoot,
  type StateLeaf,
  type StateProof,
  sha256,
  stateKeyHash,
  stateLeafHash,
  stateNodeHash,
} from '@openbsn/sdk'

/** The state tree over some keys and values, rebuilt by definition for every question. */
export type StateModel = {
  readonly stateRoot: Uint8Array
  proof(key: string): StateProof
}

/** A leaf alone stands where it is alone; two or more part by the next bit of their key hashes. */
export function createStateModel(state: ReadonlyMap<string, Uint8Array>): StateModel {
  const leaves = [...state].map(([key, value]) => ({
    keyHash: stateKeyHash(key),
    valueHash: sha256(value),
  }))
  return {
    stateRoot: hashOf(leaves, 0),
    proof: (key) => walk(leaves, stateKeyHash(key), []),
  }
}

function hashOf(leaves: readonly StateLeaf[], depth: number): Uint8Array {
  const [only] = leaves
  if (!only) return emptyStateRoot
  if (leaves.length === 1) return stateLeafHash(only)
  const [left, right] = sides(leaves, depth)
  return stateNodeHash(hashOf(left, depth + 1), hashOf(right, depth + 1))
}

function walk(
  leaves: readonly StateLeaf[],
  keyHash: Uint8Array,
  siblings: Uint8Array[],
): StateProof {
  if (leaves.length < 2) return { siblings, leaf: leaves[0] ?? null }
  const depth = siblings.length
  const [left, right] = sides(leaves, depth)
  const [mine, other] = bitAt(keyHash, depth) === 0 ? [left, right] : [right, left]
  return walk(mine, keyHash, [...siblings, hashOf(other, depth + 1)])
}

function sides(leaves: readonly StateLeaf[], depth: number): [StateLeaf[], StateLeaf[]] {
  const on = (side: 0 | 1) => leaves.filter(({ keyHash }) => bitAt(keyHash, depth) === side)
  return [on(0), on(1)]
}
