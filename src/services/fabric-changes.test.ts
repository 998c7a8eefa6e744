import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type CborValue, utf8 } from '@openbsn/sdk'
import { keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { membersModule } from '../testing/members-module.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { readChange, readChannel } from './fabric-state.ts'

const member = { signer: namedSigner('member') }
const operator = { signer: namedSigner('operator') }
const bob = { iss: 'bob', signer: namedSigner('bob operator') }
const place = { city: 'Roma', country: 'IT', latitude: 1, longitude: 2, software: 'x' }
const root = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
const service = 'trade'
const update = utf8('update')
const signature = utf8('signature')

type Payload = Readonly<Record<string, CborValue>>

/** Changes that no node may make. */
const wrong: readonly Payload[] = [
  { nodes: [] },
  { nodes: ['oslo'] },
  { nodes: ['rome', 'rome'] },
  { nodes: ['rome', 'none'] },
  { nodes: ['rome', 1] },
  { update: new Uint8Array(49_153) },
  { update: 'text' },
]

const organisation = (node: string) => ({ node, root, peer: '127.0.0.1:7051', expect: 0 })

/** Two members with a node each; a service on `rome`, whose organisation is registered. */
async function newWorld(): Promise<LedgerWorld> {
  const world = await (await LedgerWorld.create({ modules: [membersModule] })).settle()
  await world.done('operator-key-register', { key: keyOf('operator') })
  await world.done('member-add', { id: 'bob', key: keyOf('bob') })
  const bobs = { iss: 'bob', signer: namedSigner('bob') }
  await world.done('operator-key-register', { key: keyOf('bob operator') }, bobs)
  for (const [id, who] of [['rome', {}] as const, ['oslo', bobs] as const]) {
    const gateway = `https://${id}.example.org`
    await world.done('node-register', { id, ...place, gateway, frameworks: ['fabric'] }, who)
  }
  await world.done('service-create', { id: service, framework: 'fabric', nodes: ['rome'] })
  await world.done('organisation-register', organisation('rome'), operator)
  return world
}

describe('a channel of Fabric that is open', () => {
  let world: LedgerWorld
  const does = async (type: string, payload: Payload, how: object = operator) =>
    resultOf(await world.submitOne(await world.act(type, { service, ...payload }, how)))
  const changes = (more: Payload, how?: object) =>
    does('channel-change', { nodes: ['rome', 'oslo'], update, number: 1, ...more }, how)
  const signs = (more: Payload, how?: object) =>
    does('channel-sign', { node: 'rome', signature, ...more }, how)
  const ends = (number: number, how?: object) => does('channel-changed', { number }, how)
  const isOn = (expect: number, ...nodes: string[]) =>
    world.done('service-update', { id: service, expect, nodes }, member)
  const nodes = () => readChannel(world.ledger, service)?.nodes
  const signed = () => [...(readChange(world.ledger, service)?.open?.signed.keys() ?? [])]
  before(async () => {
    world = await newWorld()
  })
  after(() => world.remove())

  it('is changed by its nodes as the service names them, one at a time', async () => {
    assert.equal(await changes({}), 'ACT_CONFLICT', 'it is not open')
    await world.done('channel-open', { service, nodes: ['rome'], block: utf8('block') }, operator)
    assert.equal(await changes({}), 'ACT_INVALID', 'the service does not name oslo')
    await isOn(1, 'rome', 'oslo')
    assert.equal(await changes({}), 'ACT_INVALID', 'oslo has no organisation')
    await world.done('organisation-register', organisation('oslo'), bob)
    for (const one of wrong) assert.equal(await changes(one), 'ACT_INVALID', JSON.stringify(one))
    assert.equal(await changes({ service: 'none' }), 'SERVICE_UNKNOWN')
    assert.equal(await changes({}, bob), 'NOT_ALLOWED')
    assert.equal(await changes({ number: 2 }), 'VERSION_STALE')
    assert.equal(await signs({ number: 1 }), 'VERSION_STALE')
    assert.equal(await changes({}), 'appended')
    assert.equal(await changes({}), 'VERSION_STALE')
  })

  it('has a change give way to the next, with no signature', async () => {
    assert.equal(await signs({ number: 1 }), 'appended')
    assert.deepEqual(signed(), ['rome'])
    assert.equal(await changes({ number: 2 }), 'appended')
    assert.deepEqual(signed(), [])
    assert.equal(await signs({ number: 1 }), 'VERSION_STALE')
  })

  it('gets a node more once most of its nodes have signed that', async () => {
    const number = 2
    assert.equal(await signs({ number, signature: new Uint8Array(8193) }), 'ACT_INVALID')
    assert.equal(await signs({ number, node: 'oslo' }, bob), 'NOT_ALLOWED')
    assert.equal(await signs({ number }, bob), 'NOT_ALLOWED')
    assert.equal(await ends(number), 'ACT_CONFLICT')
    assert.equal(await signs({ number }), 'appended')
    assert.equal(await signs({ number, signature: utf8('other') }), 'ACT_CONFLICT')
    assert.equal(await ends(number, bob), 'NOT_ALLOWED')
    assert.equal(await ends(1), 'VERSION_STALE')
    assert.equal(await ends(number), 'appended')
    assert.deepEqual(nodes(), ['rome', 'oslo'])
    assert.equal(await ends(number, bob), 'VERSION_STALE')
    assert.equal(await signs({ number, node: 'oslo' }, bob), 'VERSION_STALE')
  })

  it('gets a node less', async () => {
    const number = 3
    assert.equal(await changes({ number, nodes: ['rome'] }), 'ACT_INVALID', 'it names oslo')
    await isOn(2, 'rome')
    assert.equal(await changes({ number, nodes: ['rome'] }, bob), 'appended')
    assert.equal(await signs({ number, node: 'oslo' }, bob), 'appended')
    assert.equal(await ends(number), 'ACT_CONFLICT', 'one of two is not most')
    assert.equal(await signs({ number, signature: new Uint8Array(0) }), 'appended')
    assert.equal(await ends(number), 'appended')
    assert.deepEqual(nodes(), ['rome'])
    assert.equal(await changes({ number: 4, nodes: [] }), 'ACT_INVALID')
  })

  it('stands still while the service does', async () => {
    await world.done('service-freeze', { id: service, expect: 3 })
    assert.equal(await changes({ number: 4, nodes: ['rome'] }), 'SERVICE_FROZEN')
    assert.equal(await signs({ number: 4 }), 'SERVICE_FROZEN')
    assert.equal(await ends(4), 'SERVICE_FROZEN')
  })
})
