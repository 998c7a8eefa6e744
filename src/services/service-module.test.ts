import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { credentialOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'

let world: LedgerWorld
const write = async (text: string) => resultOf(await world.submitOne(await world.record(text)))
const move = (verb: string, expect: number) =>
  world.done(`service-${verb}`, { id: 'flights', expect })

describe('a service', () => {
  before(async () => {
    world = await (await LedgerWorld.create()).settle()
  })
  after(() => world.remove())

  it('takes nothing while frozen, and goes on where it was', async () => {
    assert.equal(await write('before'), 'appended')
    await move('freeze', 1)
    assert.equal(await write('meanwhile'), 'SERVICE_FROZEN')
    assert.equal(await write('before'), 'duplicate')
    const late = await world.act('credential-create', credentialOf('late'))
    assert.equal(resultOf(await world.submitOne(late)), 'SERVICE_FROZEN')
    await move('unfreeze', 2)
    assert.equal(await write('after'), 'appended')
  })

  it('is frozen for what stands behind it in the same block, too', async () => {
    const freeze = await world.act('service-freeze', { id: 'flights', expect: 3 })
    const batch = [await world.record('in front'), freeze, await world.record('behind')]
    const outcomes = await world.ledger.submit(batch)
    assert.deepEqual(outcomes.map(resultOf), ['appended', 'appended', 'SERVICE_FROZEN'])
  })

  it('is retired for ever', async () => {
    await move('retire', 4)
    assert.equal(await write('too late'), 'SERVICE_RETIRED')
    for (const verb of ['freeze', 'unfreeze', 'retire']) {
      const act = await world.act(`service-${verb}`, { id: 'flights', expect: 5 })
      assert.equal(resultOf(await world.submitOne(act)), 'ACT_CONFLICT')
    }
  })
})
