import { sha256, sha256Pair } from './hashes.ts'

/**
 * The tree over the state, by its definition: a binary tree on SHA-256(key); a leaf that is alone
 * below a place stands at that place; an empty place has the hash of 32 zero bytes.
 */

type Leaf = { readonly keyHash: Buffer; readonly valueHash: Buffer; readonly hash: Buffer }
type Branch = { readonly left: Node; readonly right: Node; readonly hash: Buffer }
type Node = Leaf | Branch | null

const emptyHash = Buffer.alloc(32)
const leafPrefix = Buffer.of(0)

const hashOf = (node: Node) => node?.hash ?? emptyHash
const isRight = (keyHash: Buffer, depth: number) =>
  (((keyHash[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1) === 1

function branch(left: Node, right: Node): Node {
  if (left === null && (right === null || 'keyHash' in right)) return right
  if (right === null && left && 'keyHash' in left) return left
  return { left, right, hash: sha256Pair(hashOf(left), hashOf(right)) }
}

function put(node: Node, leaf: Leaf, depth: number): Node {
  if (node === null) return leaf
  if ('keyHash' in node) {
    if (node.keyHash.equals(leaf.keyHash)) return leaf
    const both = isRight(node.keyHash, depth) ? branchOf(null, node) : branchOf(node, null)
    return put(both, leaf, depth)
  }
  const { left, right } = node
  if (isRight(leaf.keyHash, depth)) return branch(left, put(right, leaf, depth + 1))
  return branch(put(left, leaf, depth + 1), right)
}

/** A branch for the moment, over a leaf that is about to get a neighbour below. */
const branchOf = (left: Node, right: Node): Branch => ({ left, right, hash: emptyHash })

/** The state of a replay with the root over it. */
export class StateTrie {
  readonly #values = new Map<string, Buffer>()
  #root: Node = null

  get(key: string): Buffer | undefined {
    return this.#values.get(key)
  }

  put(key: string, value: Buffer): void {
    this.#values.set(key, value)
    const [keyHash, valueHash] = [sha256(Buffer.from(key)), sha256(value)]
    const leaf = { keyHash, valueHash, hash: sha256(leafPrefix, keyHash, valueHash) }
    this.#root = put(this.#root, leaf, 0)
  }

  root(): Buffer {
    return hashOf(this.#root)
  }

  /** Keys and values in the order of the keys' UTF-8 bytes. */
  entries(): [string, Buffer][] {
    return [...this.#values]
      .map(([key, value]) => [Buffer.from(key), key, value] as const)
      .sort(([a], [b]) => Buffer.compare(a, b))
      .map(([, key, value]) => [key, value])
  }

  /** The stored pages that this state has, by their place, in the order of places. */
  pages(): Generator<readonly [place: string, page: Buffer]> {
    return pagesBelow(this.#root, '')
  }
}

/**
 * A page stands for four levels: masks of its 16 places that are leaves and that are trees, then
 * key and value hash of each leaf and the hash of each tree, in the order of places.
 */
function* pagesBelow(node: Node, place: string): Generator<readonly [string, Buffer]> {
  const slots = slotsOf(node, place.length * 4, 4)
  let [leaves, trees] = [0, 0]
  const parts: Buffer[] = []
  slots.forEach((slot, i) => {
    if (slot === null) return
    if ('keyHash' in slot) {
      leaves |= 1 << i
      parts.push(slot.keyHash, slot.valueHash)
    } else {
      trees |= 1 << i
      parts.push(slot.hash)
    }
  })
  const masks = Buffer.alloc(4)
  masks.writeUInt16BE(leaves, 0)
  masks.writeUInt16BE(trees, 2)
  yield [place, Buffer.concat([masks, ...parts])]
  for (const [i, slot] of slots.entries()) {
    if (slot && 'left' in slot) yield* pagesBelow(slot, place + i.toString(16))
  }
}

/** What stands `levels` below a node, left to right; a lone leaf goes where its key leads. */
function slotsOf(node: Node, depth: number, levels: number): Node[] {
  if (levels === 0) return [node]
  let [left, right]: [Node, Node] = [null, null]
  if (node && 'keyHash' in node) {
    if (isRight(node.keyHash, depth)) right = node
    else left = node
  } else if (node) {
    left = node.left
    right = node.right
  }
  return [...slotsOf(left, depth + 1, levels - 1), ...slotsOf(right, depth + 1, levels - 1)]
}
