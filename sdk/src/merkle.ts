import { sha256 } from '#sha256'
import { equalBytes } from './bytes.ts'

/** The Merkle tree of RFC 9162, section 2.1, with SHA-256. Sizes and indexes below 2^53. */

const nodePrefix = Uint8Array.of(1)

/** The hash of an inner node of the log (RFC 9162, section 2.1.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(nodePrefix, left, right)
}

/** The root of an empty tree: the hash of nothing. */
export const emptyRoot: Uint8Array = sha256()

/** The largest power of two below `size`, which is above 1. */
export function splitPoint(size: number): number {
  let split = 1
  while (split * 2 < size) split *= 2
  return split
}

export type InclusionProof = {
  readonly size: number
  readonly index: number
  /** From the leaf's sibling up. */
  readonly path: readonly Uint8Array[]
}

/**
 * The root that a leaf and its path lead to (RFC 9162, section 2.1.3.2); undefined where the path
 * cannot belong to that place in a tree of that size.
 */
export function rootFromInclusion(
  leaf: Uint8Array,
  { size, index, path }: InclusionProof,
): Uint8Array | undefined {
  if (!isCount(size) || !isCount(index) || index >= size) return undefined
  let fn = index
  let sn = size - 1
  let root = leaf
  for (const sibling of path) {
    if (sn === 0 || sibling.length !== 32) return undefined
    if (isOdd(fn) || fn === sn) {
      root = nodeHash(sibling, root)
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      root = nodeHash(root, sibling)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 ? root : undefined
}

export type ConsistencyProof = {
  readonly sizeBefore: number
  readonly rootBefore: Uint8Array
  readonly size: number
  readonly root: Uint8Array
  readonly path: readonly Uint8Array[]
}

/** True where the larger tree only appends to the smaller one (RFC 9162, section 2.1.4.2). */
export function isConsistent(proof: ConsistencyProof): boolean {
  const { sizeBefore, rootBefore, size, root, path } = proof
  if (!isCount(sizeBefore) || !isCount(size) || sizeBefore > size) return false
  if (path.some((hash) => hash.length !== 32)) return false
  if (sizeBefore === 0 && !equalBytes(rootBefore, emptyRoot)) return false
  if (sizeBefore === size) return path.length === 0 && equalBytes(rootBefore, root)
  if (sizeBefore === 0) return path.length === 0
  return foldsToBoth(proof)
}

function foldsToBoth({ sizeBefore, rootBefore, size, root, path }: ConsistencyProof): boolean {
  let fn = sizeBefore - 1
  let sn = size - 1
  while (isOdd(fn)) {
    fn = half(fn)
    sn = half(sn)
  }
  // Where the old tree is a full subtree of the new one, its root is not repeated in the path.
  const [start, ...rest] = fn === 0 ? [rootBefore, ...path] : path
  if (!start) return false
  let oldRoot = start
  let newRoot = start
  for (const hash of rest) {
    if (sn === 0) return false
    if (isOdd(fn) || fn === sn) {
      oldRoot = nodeHash(hash, oldRoot)
      newRoot = nodeHash(hash, newRoot)
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      newRoot = nodeHash(newRoot, hash)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && equalBytes(oldRoot, rootBefore) && equalBytes(newRoot, root)
}

// Shifts are 32-bit in JavaScript; a log is not.
const half = (n: number) => Math.floor(n / 2)
const isOdd = (n: number) => n % 2 === 1
const isCount = (n: number) => Number.isSafeInteger(n) && n >= 0
