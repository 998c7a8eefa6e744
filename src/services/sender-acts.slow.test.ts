import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type CborValue, toHex } from '@openbsn/sdk'
import { credentialOf, keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { membersModule } from '../testing/members-module.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { readSender } from './sender-state.ts'

const address = new Uint8Array(20).fill(7)
const operator = { signer: namedSigner('operator') }
const ofBob = { iss: 'bob', signer: namedSigner('bob operator') }
const place = { city: 'Roma', country: 'IT', latitude: 1, longitude: 2, software: 'x' }
const nodeOf = (id: string) => ({
  ...{ id, ...place, gateway: `https://${id}.example.org`, frameworks: ['evm'] },
})

describe('who signs for a credential', () => {
  let world: LedgerWorld
  const good = { credential: 'c9', node: 'roma', address, expect: 0 }
  const register = async (changes: Record<string, CborValue> = {}, how: object = operator) => {
    const act = await world.act('sender-register', { ...good, ...changes }, how)
    return resultOf(await world.submitOne(act))
  }
  before(async () => {
    world = await (await LedgerWorld.create({ modules: [membersModule] })).settle()
    await world.done('operator-key-register', { key: keyOf('operator') })
    await world.done('member-add', { id: 'bob', key: keyOf('bob') })
    const bob = { iss: 'bob', signer: namedSigner('bob') }
    await world.done('operator-key-register', { key: keyOf('bob operator') }, bob)
    for (const id of ['roma', 'pisa']) await world.done('node-register', nodeOf(id))
    await world.done('node-register', nodeOf('oslo'), bob)
    await world.done('service-create', { id: 'coin', framework: 'evm', nodes: ['roma', 'oslo'] })
    await world.done('credential-create', credentialOf('c9', { service: 'coin' }))
  })
  after(() => world.remove())

  it('is said in one form, by the operator of a node that the service is on', async () => {
    assert.equal(await register({ address: address.subarray(1) }), 'ACT_INVALID')
    assert.equal(await register({ more: 1 }), 'ACT_INVALID')
    assert.equal(await register({ credential: 'nobody' }), 'OBJECT_NOT_FOUND')
    assert.equal(await register({ credential: 'c1' }), 'ACT_INVALID', 'records have no chain')
    assert.equal(await register({}, {}), 'NOT_ALLOWED', 'a member is no operator')
    assert.equal(await register({}, ofBob), 'NOT_ALLOWED', 'the node of another member')
    assert.equal(await register({ node: 'pisa' }), 'NOT_ALLOWED', 'the service is not on it')
    assert.equal(await register({ node: 'none' }), 'NOT_ALLOWED')
    assert.equal(await register({ expect: 1 }), 'VERSION_STALE')
    assert.equal(readSender(world.ledger, 'c9'), undefined)
  })

  it('is one node, until it is retired', async () => {
    assert.equal(await register(), 'appended')
    assert.equal(await register({ node: 'oslo' }, ofBob), 'VERSION_STALE')
    assert.equal(await register({ node: 'oslo', expect: 1 }, ofBob), 'ACT_CONFLICT')
    assert.equal(await register({ address: new Uint8Array(20), expect: 1 }), 'appended')
    await world.done('service-freeze', { id: 'coin', expect: 1 })
    assert.equal(await register({ expect: 2 }), 'SERVICE_FROZEN')
    await world.done('service-unfreeze', { id: 'coin', expect: 2 })
    await world.done('node-retire', { id: 'roma', expect: 1 })
    assert.equal(await register({ expect: 2 }), 'NOT_ALLOWED')
    assert.equal(await register({ node: 'oslo', expect: 2 }, ofBob), 'appended')
    const { node, address: said, version } = readSender(world.ledger, 'c9') ?? assert.fail()
    assert.deepEqual([node, toHex(said), version], ['oslo', toHex(address), 3])
  })
})
