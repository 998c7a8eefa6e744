import assert from 'node:assert/strict'
import {
  equalBytes,
  leafHash,
  nodeHash,
  parseStatement,
  type Statement,
  splitPoint,
  statementIdentity,
} from '@openbsn/sdk'

// Long runs have a million entries. Texts of `Buffer` are flat, and its small bytes are pooled:
// that is less than half of what `toHex` and arrays of their own take.

/** The log as somebody outside read it: what was seen once may never change, nor come twice. */
export class SeenLog {
  readonly #entries: Uint8Array[] = []
  /** What each is about. Statements themselves, taken apart, would be most of the memory. */
  readonly #subjects: string[] = []
  /** Each of these texts once. */
  readonly #known = new Map<string, string>()
  readonly #identities = new Map<string, number>()
  readonly #leaves: Uint8Array[] = []

  get size(): number {
    return this.#entries.length
  }

  entry(index: number): Uint8Array | undefined {
    return this.#entries[index]
  }

  statement(index: number): Statement | undefined {
    const entry = this.#entries[index]
    return entry && parseStatement(entry)
  }

  /** Where an act is, by its identity in hex. */
  find(identity: string): number | undefined {
    return this.#identities.get(identity)
  }

  /** Indexes of a service's records, in order. */
  recordsOf(service: string): number[] {
    return this.#subjects.flatMap((sub, index) => (sub === service ? [index] : []))
  }

  take(index: number, entry: Uint8Array): void {
    const known = this.#entries[index]
    assert.ok(!known || equalBytes(entry, known), `entry ${index} is another one than before`)
    if (known) return
    assert.equal(index, this.size)
    const statement = parseStatement(entry)
    const identity = Buffer.from(statementIdentity(statement)).toString('hex')
    const twin = this.#identities.get(identity)
    assert.equal(twin, undefined, `the act of entry ${twin} is in the log twice, as ${index} too`)
    this.#entries.push(entry)
    this.#subjects.push(this.#once(statement.claims.sub))
    this.#leaves.push(Buffer.from(leafHash(entry)))
    this.#identities.set(identity, index)
  }

  #once(text: string): string {
    const known = this.#known.get(text)
    if (known === undefined) this.#known.set(text, text)
    return known ?? text
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
