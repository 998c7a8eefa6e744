import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { CheckedStatement } from '../../../crypto/check-pool.ts'
import { Undecided } from './undecided.ts'

it('statements of unknown fate count until they are known, or hopeless', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ statement: { name } as never }))
  assert.ok(a && b && c)
  const known = new Set<CheckedStatement>()
  const undecided = new Undecided((statement) => known.has(statement))
  undecided.add([a, b], 1000)
  undecided.add([c], 2000)
  assert.equal(undecided.count(0), 3)
  known.add(b.statement)
  assert.equal(undecided.count(0), 2)
  assert.equal(undecided.count(1000), 1)
  assert.equal(undecided.count(2000), 0)
  // What was once hopeless is not remembered.
  assert.equal(undecided.count(0), 0)
})
