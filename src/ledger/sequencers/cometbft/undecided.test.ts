import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { StatementIdentity } from '../../application.ts'
import { Undecided } from './undecided.ts'

/** One statement, whose hashes are views of a batch. */
function statementOf(name: string): { statement: StatementIdentity } {
  const batch = Buffer.alloc(100_000, name)
  const [identity, content] = [batch.subarray(0, 32), batch.subarray(32, 64)]
  return { statement: { identity, content, iat: 1, isAct: true } }
}

describe('statements of unknown fate', () => {
  it('count until a block makes them known, or hopeless', () => {
    const known = new Set<string>()
    const undecided = new Undecided(({ identity }) => known.has(Buffer.from(identity).toString()))
    undecided.add([statementOf('a'), statementOf('b')], 1000)
    undecided.add([statementOf('c')], 2000)
    assert.equal(undecided.count(0), 3)
    known.add('b'.repeat(32))
    assert.equal(undecided.count(1), 2)
    assert.equal(undecided.count(1000), 1)
    assert.equal(undecided.count(2000), 0)
    // What was once hopeless is not remembered.
    assert.equal(undecided.count(0), 0)
  })

  it('are looked up once a block, and keep nothing of their bytes', () => {
    const seen: StatementIdentity[] = []
    const undecided = new Undecided((statement) => seen.push(statement) === 0)
    undecided.add([statementOf('a')], 1000)
    assert.deepEqual([undecided.count(5), undecided.count(5), undecided.count(4)], [1, 1, 1])
    assert.equal(seen.length, 1)
    assert.ok(
      seen.every(({ identity, content }) => identity.buffer.byteLength < 100_000 && content),
    )
    assert.equal(undecided.count(6), 1)
    assert.equal(seen.length, 2)
  })
})
