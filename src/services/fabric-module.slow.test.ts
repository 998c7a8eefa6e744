import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type CborValue, utf8 } from '@openbsn/sdk'
import { keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { membersModule } from '../testing/members-module.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { readChannel, readOrganisation } from './fabric-state.ts'

const operator = { signer: namedSigner('operator') }
const bob = { iss: 'bob', signer: namedSigner('bob operator') }
const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`
const place = { city: 'Roma', country: 'IT', latitude: 1, longitude: 2, software: 'x' }
const nodeOf = (id: string) => ({
  ...{ id, ...place, gateway: `https://${id}.example.org`, frameworks: ['fabric'] },
})
const organisation = { node: 'rome', root: pem('AAAA'), peer: '127.0.0.1:7051', expect: 0 }
const orders = { orderer: '127.0.0.1:7050', ordererCertificate: pem('BBBB') }
const bft = {
  bftOrderer: '127.0.0.1:7060',
  bftCertificate: pem('DDDD'),
  bftIdentity: pem('EEEE'),
}
const channel = { service: 'trade', nodes: ['rome'], block: utf8('block') }
const contract = { service: 'trade', name: 'books', package: 'preset:key-value', sequence: 1 }

type Payload = Readonly<Record<string, CborValue>>

describe('Fabric on the ledger', () => {
  let world: LedgerWorld
  const does = async (type: string, payload: Payload, how = {}) =>
    resultOf(await world.submitOne(await world.act(type, payload, { ...operator, ...how })))
  before(async () => {
    world = await (await LedgerWorld.create({ modules: [membersModule] })).settle()
    await world.done('operator-key-register', { key: keyOf('operator') })
    await world.done('member-add', { id: 'bob', key: keyOf('bob') })
    const bobs = { iss: 'bob', signer: namedSigner('bob') }
    await world.done('operator-key-register', { key: keyOf('bob operator') }, bobs)
    await world.done('node-register', nodeOf('rome'))
    await world.done('node-register', nodeOf('oslo'), bobs)
    await world.done('service-create', { id: 'trade', framework: 'fabric', nodes: ['rome'] })
  })
  after(() => world.remove())

  it('knows organisations by what their nodes say', async () => {
    const act = 'organisation-register'
    const wrong: Payload[] = [
      { root: 'none' },
      { root: pem('A'.repeat(5000)) },
      { peer: 'nowhere' },
      { peer: 'http://peer:7051' },
      { orderer: '127.0.0.1:7050' },
      { ...orders, ordererCertificate: 'none' },
      { bftOrderer: '127.0.0.1:7060' },
      { ...orders, bftIdentity: pem('EEEE') },
      { ...bft, bftOrderer: 'nowhere' },
      { ...bft, bftCertificate: 'none' },
      { ...bft, bftIdentity: 'none' },
      { expect: 'none' },
      { more: 1 },
    ]
    for (const one of wrong) {
      assert.equal(await does(act, { ...organisation, ...one }), 'ACT_INVALID', JSON.stringify(one))
    }
    assert.equal(await does(act, { ...organisation, node: 'oslo' }), 'NOT_ALLOWED')
    assert.equal(await does(act, organisation, bob), 'NOT_ALLOWED')
    assert.equal(await does(act, { ...organisation, expect: 1 }), 'VERSION_STALE')
    assert.equal(await does(act, organisation), 'appended')
    assert.equal(await does(act, { ...organisation, ...orders, expect: 1 }), 'appended')
    const other = { ...organisation, root: pem('CCCC'), expect: 2 }
    assert.equal(await does(act, other), 'ACT_CONFLICT')
    assert.equal(await does(act, { ...organisation, ...orders, ...bft, expect: 2 }), 'appended')
    const { orderer, bftOrderer, version } = readOrganisation(world.ledger, 'rome') ?? {}
    assert.deepEqual(orderer, { address: orders.orderer, certificate: orders.ordererCertificate })
    const { bftOrderer: address, bftCertificate: certificate, bftIdentity: identity } = bft
    assert.deepEqual(bftOrderer, { address, certificate, identity })
    assert.equal(version, 3)
  })

  it('opens a channel once, for nodes of the service', async () => {
    const act = 'channel-open'
    const wrong: Payload[] = [
      { block: new Uint8Array(0) },
      { block: new Uint8Array(49_153) },
      { nodes: [] },
      { nodes: ['rome', 'rome'] },
      { nodes: ['oslo'] },
      { service: 'flights' },
    ]
    for (const one of wrong) {
      assert.equal(await does(act, { ...channel, ...one }), 'ACT_INVALID', JSON.stringify(one))
    }
    assert.equal(await does(act, { ...channel, service: 'none' }), 'SERVICE_UNKNOWN')
    assert.equal(await does(act, channel, bob), 'NOT_ALLOWED')
    assert.equal(await does(act, channel), 'appended')
    assert.equal(await does(act, { ...channel, block: utf8('other') }), 'ACT_CONFLICT')
    assert.deepEqual(readChannel(world.ledger, 'trade')?.nodes, ['rome'])
  })

  it('has contracts as the publisher wants them, one definition after the other', async () => {
    const act = 'contract-define'
    const member = { signer: namedSigner('member') }
    const wrong: Payload[] = [
      { name: '-x' },
      { name: 'a b' },
      { package: 'none' },
      { package: 'preset:' },
      { policy: '' },
      { policy: 'ü' },
      { service: 'flights' },
    ]
    for (const one of wrong) {
      const told = await does(act, { ...contract, ...one }, member)
      assert.equal(told, 'ACT_INVALID', JSON.stringify(one))
    }
    assert.equal(await does(act, contract, bob), 'NOT_ALLOWED')
    assert.equal(await does(act, { ...contract, sequence: 2 }, member), 'VERSION_STALE')
    assert.equal(await does(act, contract, member), 'appended')
    const next = { ...contract, package: 'ab'.repeat(32), policy: "OR('romeMSP.peer')" }
    assert.equal(await does(act, next, member), 'VERSION_STALE')
    assert.equal(await does(act, { ...next, sequence: 2 }, member), 'appended')
  })

  it('stands still while the service does', async () => {
    await world.done('service-freeze', { id: 'trade', expect: 1 })
    assert.equal(await does('channel-open', channel), 'SERVICE_FROZEN')
    const next = { ...contract, sequence: 3 }
    const member = { signer: namedSigner('member') }
    assert.equal(await does('contract-define', next, member), 'SERVICE_FROZEN')
  })
})
