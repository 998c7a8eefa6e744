import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { decodeCbor, utf8 } from '@openbsn/sdk'
import { credentialOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'

let world: LedgerWorld
let written = 0
const record = (text = `${written++}`, more = {}) => world.record(text, { iss: 'small', ...more })
const send = async (count: number) => {
  const batch = await Promise.all(Array.from({ length: count }, () => record()))
  return (await world.ledger.submit(batch)).map(resultOf)
}
const today = () => world.ledger.writtenOn('small', world.clock.now)
const inState = () => {
  const value = world.ledger.get('quota/small')
  const object = value && decodeCbor(value)
  return object instanceof Map ? [object.get('count'), object.get('version')] : undefined
}

describe('writes per day', () => {
  before(async () => {
    world = await (await LedgerWorld.create()).settle()
    world.clock.now = 86_400 * 30_000
    await world.done('credential-create', credentialOf('small', { writesPerDay: 3 }))
  })
  after(() => world.remove())

  it('are exact in one block and over many, and refusals and repeats do not count', async () => {
    const first = await record('first')
    const late = await record('late', { exp: world.clock.now })
    const batch = [first, first, late]
    const outcomes = (await world.ledger.submit(batch)).map(resultOf)
    assert.deepEqual(outcomes, ['appended', 'duplicate', 'STATEMENT_EXPIRED'])
    assert.deepEqual(await send(3), ['appended', 'appended', 'QUOTA_EXCEEDED'])
    assert.equal(resultOf(await world.submitOne(first)), 'duplicate')
    assert.deepEqual(await send(1), ['QUOTA_EXCEEDED'])
    assert.equal(today(), 3)
  })

  it('are the same after a restart, and begin anew with a day of block time', async () => {
    await world.reopen()
    world.clock.now += 86_399
    assert.deepEqual(await send(1), ['QUOTA_EXCEEDED'])
    world.clock.now += 1
    assert.deepEqual(await send(1), ['appended'])
    assert.equal(today(), 1)
  })

  it('go into the state with the next act, and not before', async () => {
    assert.equal(inState(), undefined)
    await world.done('credential-create', credentialOf('more'))
    assert.deepEqual(inState(), [1, 4])
    const { stateRoot } = world.ledger.head
    await send(1)
    assert.deepEqual(world.ledger.head.stateRoot, stateRoot)
    assert.deepEqual([inState(), today()], [[1, 4], 2])
  })

  it('are counted for nobody else: the state stays as it is', async () => {
    await world.done('credential-create', credentialOf('other'))
    const { stateRoot } = world.ledger.head
    const outcome = await world.submitOne(await world.record('x', { cti: utf8('free') }))
    assert.equal(resultOf(outcome), 'appended')
    assert.deepEqual(world.ledger.head.stateRoot, stateRoot)
    assert.equal(world.ledger.writtenOn('c1', world.clock.now), 0)
  })
})
