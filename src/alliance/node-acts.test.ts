import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CborValue } from '@openbsn/sdk'
import { keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { membersModule } from '../testing/members-module.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { readNode } from './node-state.ts'

let world: LedgerWorld
const facts: Record<string, CborValue> = {
  city: 'Lisboa',
  country: 'PT',
  latitude: 38_736_946,
  longitude: -9_142_685,
  gateway: 'https://lisboa.example.org:8443/bsn',
  software: '0.1.0',
  frameworks: ['records'],
}
const operator = { signer: namedSigner('operator') }
const act = async (type: string, payload: Record<string, CborValue>, how = {}) =>
  resultOf(await world.submitOne(await world.act(type, { id: 'lisboa', ...payload }, how)))

describe('a city node', () => {
  before(async () => {
    world = await LedgerWorld.create({ modules: [membersModule] })
    await world.done('operator-key-register', { key: keyOf('operator') })
    await world.done('member-add', { id: 'bob', key: keyOf('bob') })
  })
  after(() => world.remove())

  it('is registered with facts within their ranges', async () => {
    const wrong: Record<string, CborValue>[] = [
      { country: 'pt' },
      { country: 'PRT' },
      { latitude: 90_000_001 },
      { latitude: -90_000_001 },
      { longitude: 180_000_001 },
      { longitude: '0' },
      { gateway: 'ftp://lisboa.example.org' },
      { gateway: 'https://' },
      { gateway: 'https://user@lisboa.example.org' },
      { gateway: `https://lisboa.example.org/${'x'.repeat(256)}` },
      { frameworks: ['records', 'records'] },
      { frameworks: [1] },
      { city: '' },
      { id: 'L' },
    ]
    for (const one of wrong) {
      const payload = { ...facts, ...one }
      assert.equal(await act('node-register', payload), 'ACT_INVALID', JSON.stringify(one))
    }
    assert.equal(await act('node-register', facts, operator), 'appended')
    assert.equal(await act('node-register', facts), 'ACT_CONFLICT')
    const node = { ...facts, operator: 'admin', status: 'active', version: 1 }
    assert.deepEqual(readNode(world.ledger, 'lisboa'), node)
  })

  it('is changed by its operator alone, and serves services until it is retired', async () => {
    const bob = { iss: 'bob', signer: namedSigner('bob') }
    assert.equal(await act('node-update', { expect: 1, software: '0.2.0' }, bob), 'NOT_ALLOWED')
    assert.equal(await act('node-update', { expect: 1, latitude: 91e6 }), 'ACT_INVALID')
    assert.equal(await act('node-update', { expect: 1, software: '0.2.0' }, operator), 'appended')
    const service = { framework: 'records', nodes: ['lisboa'] }
    await world.done('service-create', { id: 'points', ...service })
    assert.equal(await act('node-retire', { expect: 2 }, operator), 'appended')
    assert.equal(await act('node-update', { expect: 3 }), 'ACT_CONFLICT')
    assert.equal(await act('service-create', { ...service, id: 'late' }), 'ACT_INVALID')
    assert.equal(readNode(world.ledger, 'lisboa')?.status, 'retired')
  })

  it('is not retired while it signs blocks', async () => {
    const of = (id: string, key: string) => ({ ...facts, id, validatorKey: keyOf(key) })
    await world.done('node-register', of('porto', 'validator'))
    await world.done('node-register', of('faro', 'nobody'))
    const retire = (id: string) => act('node-retire', { id, expect: 1 })
    assert.equal(await retire('porto'), 'ACT_CONFLICT')
    assert.equal(readNode(world.ledger, 'porto')?.status, 'active')
    assert.equal(await retire('faro'), 'appended')
  })
})
