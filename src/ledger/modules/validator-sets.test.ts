import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keyOf, LedgerWorld } from '../../testing/ledger-world.ts'
import { ValidatorSets } from './validator-sets.ts'
import { validatorsAt } from './validators.ts'

describe('ValidatorSets', () => {
  it('says what the state says, and decodes a set once', async () => {
    const world = await (await LedgerWorld.create()).settle()
    const state = world.ledger
    const sets = new ValidatorSets()
    const agree = () => {
      const { height } = world.ledger.head
      // Before the change, at it, and from where it holds.
      for (const at of [height, height + 1, height + 2, height + 9]) {
        assert.deepEqual(sets.at(state, at), validatorsAt(state, at), `height ${at}`)
      }
    }
    agree()
    const first = sets.at(state, 1)
    await world.submitOne(await world.record('changes no validators'))
    assert.equal(sets.at(state, 1), first)
    await world.done('validators-update', { expect: 1, validators: [[keyOf('next'), 1]] })
    agree()
    const { height } = world.ledger.head
    assert.notDeepEqual(sets.at(state, height + 2), sets.at(state, height + 1))
    await world.remove()
  })
})
