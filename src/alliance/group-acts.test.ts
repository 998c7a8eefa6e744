import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CborValue } from '@openbsn/sdk'
import { keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { by, carried, Voters } from '../testing/voters.ts'
import { groupOfLedger, isListed, readGroup } from './group-state.ts'
import { readNode } from './node-state.ts'

const idOf = (digit: string) => `bsn1${digit.repeat(40)}`
const east = { id: 'east', ledger: idOf('a') }
const place = { city: 'Oslo', country: 'NO', latitude: 0, longitude: 0 }
const facts = { gateway: 'https://oslo.example', software: '1', frameworks: [] }

describe('a group', () => {
  let world: LedgerWorld
  before(async () => {
    world = await LedgerWorld.create()
    await world.done('operator-key-register', { key: keyOf('operator') })
  })
  after(() => world.remove())
  const send = async (type: string, payload: Record<string, CborValue>, how = {}) =>
    resultOf(await world.submitOne(await world.act(type, payload, how)))
  const operator = { signer: namedSigner('operator') }

  it('is listed by who is alone, under a name that it has for ever', async () => {
    const wrong = [{ id: 'E' }, { ledger: 'east' }, { ledger: idOf('A') }, { more: 1 }]
    for (const one of wrong) {
      assert.equal(await send('group-register', { ...east, ...one }), 'ACT_INVALID')
    }
    assert.equal(await send('group-register', east, operator), 'NOT_ALLOWED')
    assert.equal(await send('group-register', east), 'appended')
    assert.equal(await send('group-register', { ...east, ledger: idOf('b') }), 'ACT_CONFLICT')
    const found = { ledger: east.ledger, status: 'active', version: 1 }
    assert.deepEqual(readGroup(world.ledger, 'east'), found)
    assert.equal(isListed(world.ledger, 'east', idOf('b')), false)
    assert.equal(groupOfLedger(world.ledger, east.ledger), 'east')
    assert.equal(groupOfLedger(world.ledger, idOf('b')), undefined)
  })

  it('is kept by nodes that say so, while it is listed', async () => {
    const node = { id: 'oslo', ...place, ...facts }
    for (const groups of [['west'], ['east', 'east'], ['E'], [1]]) {
      assert.equal(await send('node-register', { ...node, groups }), 'ACT_INVALID')
    }
    assert.equal(await send('node-register', { ...node, groups: ['east'] }, operator), 'appended')
    assert.deepEqual(readNode(world.ledger, 'oslo')?.groups, ['east'])
    assert.equal(await send('group-retire', { id: 'east', expect: 2 }), 'VERSION_STALE')
    assert.equal(await send('group-retire', { id: 'east', expect: 1 }, operator), 'NOT_ALLOWED')
    assert.equal(await send('group-retire', { id: 'east' }), 'ACT_INVALID')
    assert.equal(await send('group-retire', { id: 'east', expect: 1 }), 'appended')
    assert.equal(await send('group-retire', { id: 'east', expect: 2 }), 'ACT_CONFLICT')
    const again = { id: 'oslo', expect: 1, groups: ['east'] }
    assert.equal(await send('node-update', again, operator), 'ACT_INVALID')
    assert.equal(await send('node-update', { ...again, groups: [] }, operator), 'appended')
    assert.equal(groupOfLedger(world.ledger, east.ledger), undefined)
  })

  it('is listed and retired by a vote where there are several members', async () => {
    const voters = new Voters(world)
    await voters.admit('bob')
    const west = { id: 'west', ledger: idOf('c') }
    assert.equal(await send('group-register', west, by('bob')), 'NOT_ALLOWED')
    await voters.decide('list', [carried('group-register', west)], ['admin', 'bob'])
    assert.equal(isListed(world.ledger, 'west', west.ledger), true)
    await voters.decide('off', [carried('group-retire', { id: 'west' })], ['admin', 'bob'])
    assert.equal(readGroup(world.ledger, 'west')?.status, 'retired')
  })
})
