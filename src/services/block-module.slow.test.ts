import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type CborValue, sha256, utf8 } from '@openbsn/sdk'
import { keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { membersModule } from '../testing/members-module.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { blocksModule } from './block-module.ts'
import { readChain } from './chain-state.ts'

const hashOf = (text: string) => sha256(utf8(text))
const operator = { signer: namedSigner('operator') }
const bob = { iss: 'bob', signer: namedSigner('bob operator') }
const good = {
  ...{ service: 'coin', chain: 7, generation: 0, first: 5, last: 9, count: 3, expect: 0 },
  ...{ hash: hashOf('block 9'), root: hashOf('root') },
}
const place = { city: 'Roma', country: 'IT', latitude: 1, longitude: 2, software: 'x' }
const nodeOf = (id: string) => ({
  ...{ id, ...place, gateway: `https://${id}.example.org`, frameworks: ['evm'] },
})

describe('blocks of a chain', () => {
  let world: LedgerWorld
  const register = async (changes: Record<string, CborValue> = {}, how = {}) => {
    const act = await world.act('blocks-register', { ...good, ...changes }, { ...operator, ...how })
    return resultOf(await world.submitOne(act))
  }
  before(async () => {
    world = await (await LedgerWorld.create({ modules: [membersModule] })).settle()
    await world.done('operator-key-register', { key: keyOf('operator') })
    await world.done('service-create', { id: 'coin', framework: 'evm' })
  })
  after(() => world.remove())

  it('have a form', async () => {
    const wrong: Record<string, CborValue>[] = [
      { chain: 0 },
      { count: 0 },
      { first: 10 },
      { first: 0, last: 1024 },
      { hash: new Uint8Array(31) },
      { root: new Uint8Array(33) },
      { generation: -1 },
      { expect: 'none' },
      { more: 1 },
    ]
    for (const one of wrong) assert.equal(await register(one), 'ACT_INVALID', JSON.stringify(one))
    const { root: _, ...less } = good
    const act = await world.act('blocks-register', less, operator)
    assert.equal(resultOf(await world.submitOne(act)), 'ACT_INVALID')
  })

  it('are of a service that has a chain, and is not retired', async () => {
    assert.equal(await register({ service: 'none' }), 'SERVICE_UNKNOWN')
    assert.equal(await register({ service: 'flights' }), 'ACT_INVALID')
    await world.done('service-create', { id: 'plan', framework: 'evm', draft: true })
    assert.equal(await register({ service: 'plan' }), 'SERVICE_NOT_RUNNING')
    await world.done('service-retire', { id: 'plan', expect: 1 })
    assert.equal(await register({ service: 'plan' }), 'SERVICE_RETIRED')
  })

  it('are registered by operators alone', async () => {
    const member = { signer: namedSigner('member') }
    assert.equal(await register({}, member), 'NOT_ALLOWED')
    const credential = { iss: 'c1', signer: namedSigner('c1') }
    assert.equal(await register({}, credential), 'NOT_ALLOWED')
    assert.equal(await register({}, { signer: namedSigner('nobody') }), 'KEY_UNKNOWN')
    assert.equal(readChain(world.ledger, 'coin'), undefined)
  })

  it('begin with generation 0, and go on behind what is registered', async () => {
    assert.equal(await register({ generation: 1 }), 'ACT_CONFLICT')
    assert.equal(await register({ expect: 1 }), 'VERSION_STALE')
    assert.equal(await register({ first: 0, last: 1023 }), 'appended')
    assert.equal(await register({ first: 1024, last: 1024 }), 'VERSION_STALE')
    const next = { first: 1024, last: 1030, expect: 1 }
    assert.equal(await register({ ...next, first: 1023 }), 'ACT_CONFLICT')
    assert.equal(await register({ ...next, chain: 8 }), 'ACT_CONFLICT')
    assert.equal(await register(next), 'appended')
    assert.deepEqual(readChain(world.ledger, 'coin'), {
      ...{ chain: 7, generation: 0, last: 1030, hash: good.hash, version: 2 },
    })
  })

  it('begin anywhere in the next generation, and nowhere in another', async () => {
    const back = { first: 3, last: 4, expect: 2 }
    for (const generation of [0, 2]) {
      assert.equal(await register({ ...back, generation }), 'ACT_CONFLICT')
    }
    assert.equal(await register({ ...back, generation: 1 }), 'appended')
    const old = { first: 2000, last: 2000, expect: 3, generation: 0 }
    assert.equal(await register(old), 'ACT_CONFLICT')
    assert.equal(await register({ first: 5, expect: 3, generation: 1 }), 'appended')
  })
})

describe('blocks of a chain whose service stops', () => {
  it('go on while it is frozen, and end when it is retired', async (t) => {
    const world = await LedgerWorld.create()
    t.after(() => world.remove())
    await world.done('operator-key-register', { key: keyOf('operator') })
    await world.done('service-create', { id: 'coin', framework: 'evm' })
    const register = async (changes: Record<string, CborValue>) => {
      const act = await world.act('blocks-register', { ...good, ...changes }, operator)
      return resultOf(await world.submitOne(act))
    }
    await world.done('service-freeze', { id: 'coin', expect: 1 })
    assert.equal(await register({}), 'appended')
    await world.done('service-unfreeze', { id: 'coin', expect: 2 })
    assert.equal(await register({ first: 10, last: 11, expect: 1 }), 'appended')
    await world.done('service-retire', { id: 'coin', expect: 3 })
    assert.equal(await register({ first: 12, last: 12, expect: 2 }), 'SERVICE_RETIRED')
  })
})

describe('blocks of a chain on some city nodes', () => {
  it('are registered by who runs one of them now', async () => {
    const world = await LedgerWorld.create({ modules: [membersModule] })
    await world.done('operator-key-register', { key: keyOf('operator') })
    for (const id of ['roma', 'gone']) await world.done('node-register', nodeOf(id))
    await world.done('member-add', { id: 'bob', key: keyOf('bob') })
    const ofBob = { iss: 'bob', signer: namedSigner('bob') }
    await world.done('operator-key-register', { key: keyOf('bob operator') }, ofBob)
    await world.done('node-register', nodeOf('oslo'), ofBob)
    const create = { id: 'coin', framework: 'evm', nodes: ['oslo', 'gone'] }
    await world.done('service-create', create)
    const register = async (how: object, changes = {}) => {
      const act = await world.act('blocks-register', { ...good, ...changes }, how)
      return resultOf(await world.submitOne(act))
    }
    await world.done('node-retire', { id: 'gone', expect: 1 })
    assert.equal(await register(operator), 'NOT_ALLOWED')
    assert.equal(await register(bob), 'appended')
    await world.done('service-update', { id: 'coin', expect: 1, nodes: [] })
    assert.equal(await register(operator, { first: 10, last: 10, expect: 1 }), 'appended')
    await world.remove()
    assert.deepEqual(world.failures, [])
  })
})

describe('a ledger that is older than the module of blocks', () => {
  it('has it from a height on, when the members say so', async (t) => {
    const world = await LedgerWorld.create({ young: [blocksModule] })
    t.after(() => world.remove())
    await world.done('operator-key-register', { key: keyOf('operator') })
    await world.done('service-create', { id: 'coin', framework: 'evm' })
    const result = async (...act: Parameters<LedgerWorld['act']>) =>
      resultOf(await world.submitOne(await world.act(...act)))
    const register = () => result('blocks-register', good, operator)
    assert.equal(await register(), 'MODULE_UNKNOWN')
    const from = world.ledger.head.height + 3
    const join = (name: string, version: number) =>
      result('alliance-software', { software: '0.2.0', from, modules: [[name, version]] })
    assert.equal(await join('bsn:blocks', 2), 'ACT_INVALID', 'it begins with version 1')
    assert.equal(await join('blocks', 1), 'OBJECT_NOT_FOUND', 'no name of a module')
    assert.equal(await join('bsn:blocks', 1), 'appended')
    assert.equal(await register(), 'MODULE_UNKNOWN', 'not yet')
    while (world.ledger.head.height + 1 < from) {
      await world.done('service-create', { id: `x${world.ledger.head.height}`, framework: 'evm' })
    }
    assert.equal(await register(), 'appended')
  })
})
