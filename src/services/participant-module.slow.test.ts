import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CborValue } from '@openbsn/sdk'
import { verifyLedger } from '../ledger/verify/verify-ledger.ts'
import { keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { membersModule } from '../testing/members-module.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { readParticipant } from './participant-state.ts'

let world: LedgerWorld
let written = 0
const roles: CborValue = [
  ['writer', ['put', 'get']],
  ['reader', ['get']],
]
const shop = { iss: 'points/shop', signer: namedSigner('shop') }
const bob = { iss: 'bob', signer: namedSigner('member bob') }
const as = async (how: object, type: string, payload: Record<string, CborValue>) =>
  resultOf(await world.submitOne(await world.act(type, { service: 'points', ...payload }, how)))
const invite = (id: string, role: string, key: string) =>
  as({}, 'participant-invite', { id, role, key: keyOf(key) })
const credential = (id: string, participant: string, more: Record<string, CborValue> = {}) => ({
  id,
  label: id,
  participant,
  keys: [keyOf(id)],
  ...more,
})
const write = async (id: string) => {
  const signer = namedSigner(id)
  const record = await world.record(`${written++}`, { iss: id, sub: 'points', signer })
  return resultOf(await world.submitOne(record))
}

async function worldOfPoints(access: string): Promise<LedgerWorld> {
  const made = await LedgerWorld.create({ modules: [membersModule] })
  await made.done('member-add', { id: 'bob', key: keyOf('member bob') })
  await made.done('service-create', { id: 'points', framework: 'records', roles, access })
  return made
}

describe('a participant that is invited', () => {
  before(async () => {
    world = await worldOfPoints('invitation')
  })
  after(() => world.remove())

  it('joins with its own key, and makes credentials within its role', async () => {
    assert.equal(await invite('shop', 'nobody', 'shop'), 'ACT_INVALID')
    assert.equal(await invite('shop', 'writer', 'shop'), 'appended')
    assert.equal(await invite('shop', 'writer', 'other'), 'ACT_CONFLICT')
    const early = credential('till', 'shop')
    assert.equal(await as(shop, 'credential-create', early), 'PARTICIPANT_INACTIVE')
    const join = { id: 'shop', expect: 1 }
    assert.equal(await as(bob, 'participant-join', join), 'NOT_ALLOWED')
    assert.equal(await as(shop, 'participant-join', join), 'appended')
    const scopes = { scopes: ['records:write', 'events:read'] }
    const tooMuch = credential('till', 'shop', scopes)
    assert.equal(await as(shop, 'credential-create', tooMuch), 'ACT_INVALID')
    assert.equal(await as({}, 'credential-create', early), 'NOT_ALLOWED')
    assert.equal(await as(shop, 'credential-create', early), 'appended')
    assert.equal(await write('till'), 'appended')
    const { participant: _, ...publishers } = credential('mine', 'shop')
    assert.equal(await as(shop, 'credential-create', publishers), 'NOT_ALLOWED')
    const service = { id: 'own', framework: 'records' }
    const act = await world.act('service-create', service, shop)
    assert.equal(resultOf(await world.submitOne(act)), 'NOT_ALLOWED')
  })

  it('writes nothing any more when it left, or its role may not', async () => {
    assert.equal(await as(shop, 'participant-leave', { id: 'shop', expect: 2 }), 'appended')
    assert.equal(await write('till'), 'PARTICIPANT_INACTIVE')
    assert.equal(await as(shop, 'participant-join', { id: 'shop', expect: 3 }), 'appended')
    assert.equal(await write('till'), 'appended')
    await world.done('service-update', { id: 'points', expect: 1, roles: [['writer', ['get']]] })
    assert.equal(await write('till'), 'NOT_ALLOWED')
    await world.done('service-update', { id: 'points', expect: 2, roles })
    assert.equal(await as({}, 'participant-remove', { id: 'shop', expect: 4 }), 'appended')
    assert.equal(await write('till'), 'PARTICIPANT_INACTIVE')
    assert.equal(await as(shop, 'participant-join', { id: 'shop', expect: 5 }), 'ACT_CONFLICT')
  })

  it('has credentials that it rotates itself, and the publisher freezes', async () => {
    assert.equal(await as({}, 'participant-approve', { id: 'shop', expect: 5 }), 'appended')
    const until = world.clock.now
    const rotate = async (how: object) => {
      const payload = { id: 'till', expect: 1, keys: [keyOf('till 2')], until }
      return resultOf(await world.submitOne(await world.act('credential-rotate', payload, how)))
    }
    assert.equal(await rotate({}), 'NOT_ALLOWED')
    assert.equal(await rotate(shop), 'appended')
    const move = async (verb: string, expect: number, how: object) => {
      const act = await world.act(`credential-${verb}`, { id: 'till', expect }, how)
      return resultOf(await world.submitOne(act))
    }
    assert.equal(await move('freeze', 2, shop), 'NOT_ALLOWED')
    assert.equal(await move('freeze', 2, {}), 'appended')
    assert.equal(await move('unfreeze', 3, shop), 'NOT_ALLOWED')
    assert.equal(await move('revoke', 3, shop), 'appended')
  })
})

describe('what a city node published', () => {
  after(() => world.remove())

  it('is in the hands of its member, too, and comes out alike in the verifier', async () => {
    world = await LedgerWorld.create()
    await world.done('operator-key-register', { key: keyOf('node') })
    const node = { signer: namedSigner('node') }
    const service = { id: 'points', framework: 'records', roles, access: 'open' }
    await world.done('service-create', service, node)
    assert.equal(await invite('shop', 'writer', 'shop'), 'appended')
    const apply = { service: 'points', role: 'writer' }
    await world.done('participant-apply', apply, node)
    assert.equal(readParticipant(world.ledger, 'points', 'admin')?.owner, 'operator/admin')
    assert.equal(await as({}, 'credential-create', credential('desk', 'admin')), 'appended')
    const { participant: _, ...own } = credential('till', '')
    assert.equal(await as({}, 'credential-create', own), 'appended')
    await world.done('credential-freeze', { id: 'till', expect: 1 })
    await world.done('credential-unfreeze', { id: 'till', expect: 2 }, node)
    const rotation = { id: 'desk', expect: 1, keys: [keyOf('desk 2')], until: 0 }
    await world.done('credential-rotate', rotation)
    await world.done('service-create', { id: 'coin', framework: 'evm' }, node)
    const account = { service: 'coin', address: new Uint8Array(20) }
    await world.done('account-freeze', { ...account, expect: 0 })
    await world.done('account-unfreeze', { ...account, expect: 1 }, node)
    await world.done('service-update', { id: 'coin', expect: 1, access: 'open' })
    const { finding } = await verifyLedger(world.folder.path, { workers: 1 })
    assert.equal(finding, undefined)
  })

  it('does not put what the member published in the hands of its city nodes', async () => {
    const node = { signer: namedSigner('node') }
    await world.done('service-create', { id: 'books', framework: 'records' })
    const letIn = { id: 'c9', service: 'books', label: 'c9', keys: [keyOf('c9')] }
    for (const act of [
      await world.act('service-retire', { id: 'books', expect: 1 }, node),
      await world.act('credential-create', letIn, node),
    ]) {
      assert.equal(resultOf(await world.submitOne(act)), 'NOT_ALLOWED')
    }
  })
})

describe('a member that applies', () => {
  after(() => world.remove())

  it('waits for approval where a service is not open', async () => {
    world = await worldOfPoints('invitation')
    assert.equal(await as(bob, 'participant-apply', { role: 'reader' }), 'appended')
    const status = () => readParticipant(world.ledger, 'points', 'bob')?.status
    assert.equal(status(), 'applied')
    assert.equal(await as(bob, 'participant-join', { id: 'bob', expect: 1 }), 'ACT_CONFLICT')
    assert.equal(await as(bob, 'participant-leave', { id: 'bob', expect: 1 }), 'ACT_CONFLICT')
    assert.equal(await as({}, 'participant-reject', { id: 'bob', expect: 1 }), 'appended')
    assert.equal(await as(bob, 'participant-approve', { id: 'bob', expect: 2 }), 'NOT_ALLOWED')
    assert.equal(await as({}, 'participant-approve', { id: 'bob', expect: 2 }), 'appended')
    assert.equal(await as(bob, 'credential-create', credential('desk', 'bob')), 'appended')
    assert.equal(await write('desk'), 'NOT_ALLOWED')
    await world.remove()
  })

  it('is active at once where it is', async () => {
    world = await worldOfPoints('open')
    assert.equal(await as(bob, 'participant-apply', { role: 'writer' }), 'appended')
    assert.equal(await as(bob, 'credential-create', credential('desk', 'bob')), 'appended')
    assert.equal(await write('desk'), 'appended')
  })
})
