import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'

let world: LedgerWorld
let written = 0
const write = async (key: string) => {
  const record = await world.record(`${written++}`, { signer: namedSigner(key) })
  return resultOf(await world.submitOne(record))
}
const rotate = (expect: number, key: string, until: number) =>
  world.done('credential-rotate', { id: 'c1', expect, keys: [keyOf(key)], until })

describe('a credential', () => {
  before(async () => {
    world = await (await LedgerWorld.create()).settle()
  })
  after(() => world.remove())

  it('writes nothing while frozen', async () => {
    await world.done('credential-freeze', { id: 'c1', expect: 1 })
    assert.equal(await write('c1'), 'CREDENTIAL_FROZEN')
    await world.done('credential-unfreeze', { id: 'c1', expect: 2 })
    assert.equal(await write('c1'), 'appended')
  })

  it('gets a new key, and the old one works until the overlap is over', async () => {
    assert.equal(await write('second'), 'KEY_UNKNOWN')
    await rotate(3, 'second', world.clock.now + 100)
    assert.deepEqual([await write('c1'), await write('second')], ['appended', 'appended'])
    world.clock.now += 99
    assert.equal(await write('c1'), 'appended')
    world.clock.now += 1
    assert.deepEqual([await write('c1'), await write('second')], ['KEY_REPLACED', 'appended'])
  })

  it('gets a new key at once where the old one is lost, and an earlier end stays', async () => {
    await rotate(4, 'third', world.clock.now + 1000)
    await rotate(5, 'fourth', world.clock.now + 5000)
    world.clock.now += 1000
    assert.deepEqual([await write('second'), await write('third')], ['KEY_REPLACED', 'appended'])
    await rotate(6, 'fifth', 0)
    assert.deepEqual(
      [await write('third'), await write('fourth'), await write('fifth')],
      ['KEY_REPLACED', 'KEY_REPLACED', 'appended'],
    )
  })

  it('is revoked with all its keys, old and new', async () => {
    await rotate(7, 'sixth', world.clock.now + 1000)
    await world.done('credential-revoke', { id: 'c1', expect: 8 })
    assert.deepEqual(
      [await write('fifth'), await write('sixth')],
      ['CREDENTIAL_REVOKED', 'CREDENTIAL_REVOKED'],
    )
  })
})
