import { toHex } from '@openbsn/sdk'
import type { Block } from '../src/ledger/ledger.ts'

/**
 * Sees every block of every node when it is committed. What must never be: two nodes with different
 * blocks at one height, or a node that cannot agree with what others decided.
 */
export class ForkWatch {
  readonly #hashes = new Map<number, { readonly hash: string; readonly node: string }>()
  readonly #forks: string[] = []
  readonly #disagreements: string[] = []
  #seen = 0

  see(node: string, { height, time, appHash }: Block): void {
    this.#seen++
    const hash = `${toHex(appHash)} at ${time}`
    const first = this.#hashes.get(height)
    if (!first) this.#hashes.set(height, { hash, node })
    else if (first.hash !== hash) {
      this.#forks.push(`block ${height}: ${first.node} has ${first.hash}, ${node} has ${hash}`)
    }
  }

  disagrees(node: string, why: string): void {
    this.#disagreements.push(`${node}: ${why}`)
  }

  /** What was seen that must not be; empty where all is well. */
  get faults(): readonly string[] {
    return [...this.#forks, ...this.#disagreements]
  }

  /** Blocks that differ from the first of their height. */
  get forks(): readonly string[] {
    return this.#forks
  }

  /** Heights so far, and blocks of all nodes together. */
  get counts(): { readonly heights: number; readonly blocks: number } {
    return { heights: this.#hashes.size, blocks: this.#seen }
  }
}
