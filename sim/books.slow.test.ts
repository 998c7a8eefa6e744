import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testPrng } from '../src/testing/seed.ts'
import { bookFaults, compareDirectories, verifyReceiptsOf } from './books.ts'
import { Scenarios } from './scenarios.ts'
import { World } from './world.ts'

describe('the books of a simulation', () => {
  it('are seen to be wrong where they are', async (t) => {
    const { seed } = testPrng()
    const world = await World.create({ seed, nodes: 12, validators: 4 })
    t.after(() => world.close())
    const scenarios = new Scenarios(world)
    await scenarios.registerNodes(1000)
    assert.ok(await scenarios.settle(60_000), `seed ${seed}`)
    const { sendings } = scenarios
    assert.deepEqual(bookFaults(world, sendings), [])
    assert.deepEqual(compareDirectories(world), { listed: 12, others: [] })
    assert.equal(verifyReceiptsOf(world, sendings, 1), sendings.length)

    const [first, second, ...rest] = sendings
    assert.ok(first && second)
    const at = (answer: typeof first.answer) =>
      bookFaults(world, [{ ...first, answer }, second, ...rest])
    assert.match(String(at(second.answer)), /was answered/)
    assert.match(String(at(undefined)), /no answer/)
    assert.match(String(at({ outcome: 'refused', code: 'X', detail: 'y' })), /refused: X y/)
    assert.match(String(bookFaults(world, [second, ...rest])), /nobody sent/)
    const swapped = { ...first, statement: second.statement }
    assert.throws(() => verifyReceiptsOf(world, [swapped], 1), { code: /^RECEIPT_/ })

    const [node] = world.nodes
    if (node) world.watch.see('x', { ...node.ledger.head, appHash: new Uint8Array(32) })
    assert.equal(world.watch.forks.length, 1)
  })
})
