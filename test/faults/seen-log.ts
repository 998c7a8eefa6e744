import assert from 'node:assert/strict'
import {
  equalBytes,
  leafHash,
  nodeHash,
  parseStatement,
  type Statement,
  splitPoint,
  statementIdentity,
  toHex,
} from '@openbsn/sdk'

/** The log as somebody outside read it: what was seen once may never change, nor come twice. */
export class SeenLog {
  readonly #entries: Uint8Array[] = []
  readonly #statements: Statement[] = []
  readonly #identities = new Map<string, number>()
  readonly #leaves: Uint8Array[] = []

  get size(): number {
    return this.#entries.length
  }

  entry(index: number): Uint8Array | undefined {
    return this.#entries[index]
  }

  statement(index: number): Statement | undefined {
    return this.#statements[index]
  }

  /** Where an act is, by its identity in hex. */
  find(identity: string): number | undefined {
    return this.#identities.get(identity)
  }

  /** Indexes of a service's records, in order. */
  recordsOf(service: string): number[] {
    return this.#statements.flatMap(({ claims }, index) => (claims.sub === service ? [index] : []))
  }

  take(index: number, entry: Uint8Array): void {
    const known = this.#entries[index]
    assert.ok(!known || equalBytes(entry, known), `entry ${index} is another one than before`)
    if (known) return
    assert.equal(index, this.size)
    const statement = parseStatement(entry)
    const identity = toHex(statementIdentity(statement))
    const twin = this.#identities.get(identity)
    assert.equal(twin, undefined, `the act of entry ${twin} is in the log twice, as ${index} too`)
    this.#entries.push(entry)
    this.#statements.push(statement)
    this.#leaves.push(leafHash(entry))
    this.#identities.set(identity, index)
  }

  /** The Merkle root over the first entries, 1 or more. */
  root(size: number): Uint8Array {
    assert.ok(size >= 1 && size <= this.size, `${size} of ${this.size} entries`)
    return rootOf(this.#leaves, 0, size)
  }
}

function rootOf(leaves: readonly Uint8Array[], from: number, to: number): Uint8Array {
  const leaf = leaves[from]
  assert.ok(leaf)
  if (to - from === 1) return leaf
  const middle = from + splitPoint(to - from)
  return nodeHash(rootOf(leaves, from, middle), rootOf(leaves, middle, to))
}
