import { emptyLogRoot, sha256Pair } from './hashes.ts'

/** Called with every node that is complete: the root of 2^height leaves, its place among such. */
export type NodeSink = (height: number, place: number, hash: Buffer) => void

/**
 * The Merkle tree of RFC 9162, section 2.1, by its definition: a stack of the perfect subtrees that
 * the size is the sum of. Appending joins equal ones; the root joins all, from the right.
 */
export class LogStack {
  readonly #peaks: { readonly height: number; readonly hash: Buffer }[] = []
  readonly #onNode: NodeSink
  #size = 0

  constructor(onNode: NodeSink) {
    this.#onNode = onNode
  }

  get size(): number {
    return this.#size
  }

  append(leaf: Buffer): void {
    let peak = { height: 0, hash: leaf }
    let place = this.#size
    this.#onNode(0, place, leaf)
    for (let left = this.#peaks.at(-1); left?.height === peak.height; left = this.#peaks.at(-1)) {
      this.#peaks.pop()
      peak = { height: peak.height + 1, hash: sha256Pair(left.hash, peak.hash) }
      place = (place - 1) / 2
      this.#onNode(peak.height, place, peak.hash)
    }
    this.#peaks.push(peak)
    this.#size++
  }

  root(): Buffer {
    const hashes = this.#peaks.map(({ hash }) => hash)
    if (hashes.length === 0) return emptyLogRoot
    return hashes.reduceRight((right, left) => sha256Pair(left, right))
  }
}
