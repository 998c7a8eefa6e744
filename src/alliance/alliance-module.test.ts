import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { keyOf, kidOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'

let world: LedgerWorld
const byNode = { signer: namedSigner('node') }

describe("an operator's key", () => {
  before(async () => {
    world = await LedgerWorld.create()
  })
  after(() => world.remove())

  it('is registered by its member, once, and does not speak for the member', async () => {
    await world.done('operator-key-register', { key: keyOf('node') })
    const again = await world.act('operator-key-register', { key: keyOf('node') })
    assert.equal(resultOf(await world.submitOne(again)), 'ACT_CONFLICT')
    const act = await world.act('key-revoke', { kid: kidOf('member'), expect: 1 }, byNode)
    assert.equal(resultOf(await world.submitOne(act)), 'NOT_ALLOWED')
  })

  it('is revoked by its member', async () => {
    await world.done('key-revoke', { kid: kidOf('node'), expect: 1 })
    const key = await world.act('operator-key-register', { key: keyOf('other') }, byNode)
    assert.equal(resultOf(await world.submitOne(key)), 'KEY_REVOKED')
  })
})
