import { sha256 } from '#sha256'
import { equalBytes, utf8 } from './bytes.ts'
import { type CborValue, cborError, encodeCbor } from './cbor.ts'
import { CborReader } from './cbor-reader.ts'
import { CodedError } from './errors.ts'

/**
 * The state tree: a binary Merkle tree on SHA-256(key), after the Jellyfish Merkle tree. A leaf
 * that is alone below a place stands at that place; an empty place has the hash of 32 zero bytes.
 */
export type StateLeaf = { readonly keyHash: Uint8Array; readonly valueHash: Uint8Array }

export const emptyStateRoot: Uint8Array = new Uint8Array(32)

const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)

/** The hash of a leaf: SHA-256(0 ‖ SHA-256(key) ‖ SHA-256(value)). */
export function stateLeafHash({ keyHash, valueHash }: StateLeaf): Uint8Array {
  return sha256(leafPrefix, keyHash, valueHash)
}

/** The hash of an inner node: SHA-256(1 ‖ left ‖ right). */
export function stateNodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(nodePrefix, left, right)
}

/** The place of a key in the tree: SHA-256 of its UTF-8. */
export function stateKeyHash(key: string): Uint8Array {
  return sha256(utf8(key))
}

/** Bit `depth` of a key's hash, from the most significant: 1 goes right. */
export function bitAt(hash: Uint8Array, depth: number): 0 | 1 {
  return (((hash[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1) as 0 | 1
}

/** What stands where the way to a key ends, and the siblings of that way, from the root down. */
export type StateProof = {
  readonly siblings: readonly Uint8Array[]
  /** The only leaf below that place; null where the place is empty. */
  readonly leaf: StateLeaf | null
}

/** For the wire; `decodeStateProof` reads it. */
export function encodeStateProof({ siblings, leaf }: StateProof): Uint8Array {
  const end = leaf ? [leaf.keyHash, leaf.valueHash] : null
  return encodeCbor([[...siblings], end] satisfies CborValue[])
}

/** @throws CBOR_*, STATE_PROOF_INVALID */
export function decodeStateProof(bytes: Uint8Array): StateProof {
  const reader = new CborReader(bytes)
  if (reader.readArrayLength() !== 2) throw cborError('CBOR_MALFORMED', 'expected 2 elements', 0)
  const count = reader.readArrayLength()
  if (count > 256) throw invalid(tooLong)
  const siblings = Array.from({ length: count }, () => readHash(reader))
  const leaf = readLeaf(reader)
  reader.end()
  return { siblings, leaf }
}

function readLeaf(reader: CborReader): StateLeaf | null {
  if (reader.bytes[reader.offset] === 0xf6) {
    reader.readNull()
    return null
  }
  if (reader.readArrayLength() !== 2) throw invalid('has a leaf that is not a pair')
  return { keyHash: readHash(reader), valueHash: readHash(reader) }
}

function readHash(reader: CborReader): Uint8Array {
  const hash = reader.readBytes()
  if (hash.length !== 32) throw invalid(notHash)
  return hash.slice()
}

const notHash = 'has a hash that is not 32 bytes'
const tooLong = 'has more siblings than a key has bits'

function invalid(what: string): CodedError {
  return new CodedError('STATE_PROOF_INVALID', `The state proof ${what}.`)
}

export type StateClaim = {
  readonly stateRoot: Uint8Array
  readonly key: string
  /** The value that the key is said to have; null where it is said to be absent. */
  readonly value: Uint8Array | null
}

/**
 * Checks that under `stateRoot` the key has this value, or is absent.
 * @throws STATE_PROOF_INVALID where the proof does not show just that
 */
export function verifyStateProof(proof: StateProof, { stateRoot, key, value }: StateClaim): void {
  const { siblings, leaf } = proof
  const keyHash = stateKeyHash(key)
  requireForm(proof)
  const holdsKey = leaf !== null && equalBytes(leaf.keyHash, keyHash)
  if (holdsKey !== (value !== null)) throw invalid(`says the opposite about ${key}`)
  if (holdsKey && value && !equalBytes(leaf.valueHash, sha256(value))) {
    throw invalid(`holds another value of ${key}`)
  }
  for (let depth = 0; leaf && depth < siblings.length; depth++) {
    if (bitAt(leaf.keyHash, depth) !== bitAt(keyHash, depth)) throw invalid('is of another place')
  }
  if (!equalBytes(rootOf(proof, keyHash), stateRoot))
    throw invalid('does not lead to the state root')
}

/** Parts of other lengths could join to the same bytes: a leaf cut elsewhere is another key. */
function requireForm({ siblings, leaf }: StateProof): void {
  if (siblings.length > 256) throw invalid(tooLong)
  const hashes = leaf ? [...siblings, leaf.keyHash, leaf.valueHash] : siblings
  if (hashes.some((hash) => hash.length !== 32)) throw invalid(notHash)
}

function rootOf({ siblings, leaf }: StateProof, keyHash: Uint8Array): Uint8Array {
  let hash = leaf ? stateLeafHash(leaf) : emptyStateRoot
  for (let depth = siblings.length - 1; depth >= 0; depth--) {
    const sibling = siblings[depth] ?? emptyStateRoot
    hash = bitAt(keyHash, depth) === 1 ? stateNodeHash(sibling, hash) : stateNodeHash(hash, sibling)
  }
  return hash
}
