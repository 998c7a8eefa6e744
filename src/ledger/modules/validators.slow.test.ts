import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CborValue, verifyKeyBundle, verifyReceipts } from '@openbsn/sdk'
import { keyOf, LedgerWorld } from '../../testing/ledger-world.ts'
import { namedSigner } from '../../testing/named-signer.ts'

const update = (name: string, expect: number): Record<string, CborValue> => ({
  expect,
  validators: [[keyOf(name), 1]],
})

/** Records one entry and says where it is. */
async function entryOf(world: LedgerWorld, payload: string): Promise<number> {
  const outcome = await world.submitOne(await world.record(payload))
  assert.ok(outcome.outcome === 'appended')
  return outcome.index
}

function verify(world: LedgerWorld, index: number): number {
  const entry = world.ledger.entry(index)
  assert.ok(entry)
  return verifyReceipts(entry.statement, world.ledger.receipts(index), world.keys).height
}

describe('a change of validators', () => {
  it('holds two blocks later; the key bundle leads over it, from genesis to both', async () => {
    const world = await (await LedgerWorld.create()).settle()
    const before = await entryOf(world, 'before')
    const bundleBefore = world.ledger.keyBundle()
    const change = await world.done('validators-update', update('next', 1))
    const height = world.ledger.head.height
    const between = await entryOf(world, 'the old key still signs')
    const late = world.record('the node has only the old key')
    await assert.rejects(world.submitOne(await late), { code: 'LEDGER_NO_QUORUM' })
    assert.equal(world.ledger.head.height, height + 1)
    await world.reopen(namedSigner('next'))
    const after = await entryOf(world, 'after')
    for (const index of [before, change, between, after]) verify(world, index)
    const old = verifyKeyBundle(bundleBefore, world.id)
    const entry = world.ledger.entry(after)
    assert.ok(entry)
    assert.throws(() => verifyReceipts(entry.statement, world.ledger.receipts(after), old), {
      code: 'RECEIPT_WRONG_KEY',
    })
    await world.remove()
  })

  it('can follow another one at once; of two in one block the later one counts', async () => {
    const world = await (await LedgerWorld.create()).settle()
    const acts = [
      await world.act('validators-update', update('lost', 1)),
      await world.act('validators-update', update('next', 2)),
    ]
    const outcomes = await world.ledger.submit(acts)
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['appended', 'appended'],
    )
    const height = world.ledger.head.height
    await world.done('validators-update', update('third', 3))
    await world.reopen(namedSigner('next'))
    const second = await entryOf(world, 'by next')
    assert.equal(verify(world, second), height + 2)
    await world.reopen(namedSigner('third'))
    assert.equal(verify(world, await entryOf(world, 'by third')), height + 3)
    const kinds = [height + 1, height + 2, height + 3].map(
      (at) => world.keys.validatorsAt(at)[0]?.raw,
    )
    const wanted = ['validator', 'next', 'third'].map((name) => namedSigner(name).key.raw)
    assert.deepEqual(kinds.map(String), wanted.map(String))
    await world.remove()
  })
})
