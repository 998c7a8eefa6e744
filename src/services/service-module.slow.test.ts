import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CborValue } from '@openbsn/sdk'
import { credentialOf, keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { membersModule } from '../testing/members-module.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { readService } from './service-state.ts'

let world: LedgerWorld
const write = async (text: string) => resultOf(await world.submitOne(await world.record(text)))
const move = (verb: string, expect: number) =>
  world.done(`service-${verb}`, { id: 'flights', expect })

describe('a service', () => {
  before(async () => {
    world = await (await LedgerWorld.create()).settle()
  })
  after(() => world.remove())

  it('takes nothing while frozen, and goes on where it was', async () => {
    assert.equal(await write('before'), 'appended')
    await move('freeze', 1)
    assert.equal(await write('meanwhile'), 'SERVICE_FROZEN')
    assert.equal(await write('before'), 'duplicate')
    const late = await world.act('credential-create', credentialOf('late'))
    assert.equal(resultOf(await world.submitOne(late)), 'SERVICE_FROZEN')
    await move('unfreeze', 2)
    assert.equal(await write('after'), 'appended')
  })

  it('is frozen for what stands behind it in the same block, too', async () => {
    const freeze = await world.act('service-freeze', { id: 'flights', expect: 3 })
    const batch = [await world.record('in front'), freeze, await world.record('behind')]
    const outcomes = await world.ledger.submit(batch)
    assert.deepEqual(outcomes.map(resultOf), ['appended', 'appended', 'SERVICE_FROZEN'])
  })

  it('is retired for ever', async () => {
    await move('retire', 4)
    assert.equal(await write('too late'), 'SERVICE_RETIRED')
    for (const verb of ['freeze', 'unfreeze', 'retire']) {
      const act = await world.act(`service-${verb}`, { id: 'flights', expect: 5 })
      assert.equal(resultOf(await world.submitOne(act)), 'ACT_CONFLICT')
    }
  })
})

describe('a service that is published', () => {
  before(async () => {
    world = await (await LedgerWorld.create({ modules: [membersModule] })).settle()
  })
  after(() => world.remove())
  const status = () => readService(world.ledger, 'points')?.status
  const act = async (type: string, payload: Record<string, CborValue>, how = {}) =>
    resultOf(await world.submitOne(await world.act(type, { id: 'points', ...payload }, how)))
  const create = (more: Record<string, CborValue>) =>
    act('service-create', { framework: 'records', ...more })

  it('has what was said of it, and the rest as is usual', async () => {
    const wrong: Record<string, CborValue>[] = [
      { environment: 'sandbox' },
      { keyMode: 'both' },
      { access: 'closed' },
      { readers: 'nobody' },
      { functions: [] },
      { functions: ['put', 'put'] },
      { functions: ['drop'] },
      { roles: [['writer']] },
      { roles: [['writer', []]] },
      { roles: [['Writer', ['put']]] },
      {
        roles: [
          ['a', ['put']],
          ['a', ['get']],
        ],
      },
      { nodes: ['none'] },
    ]
    for (const one of wrong) assert.equal(await create(one), 'ACT_INVALID', JSON.stringify(one))
    assert.equal(await create({ draft: true, roles: [['writer', ['put']]] }), 'appended')
    const { version, roles, ...rest } = readService(world.ledger, 'points') ?? assert.fail()
    assert.deepEqual([...roles], [['writer', ['put']]])
    assert.deepEqual(rest, {
      publisher: 'member/admin',
      framework: 'records',
      environment: 'live',
      keyMode: 'public-key-upload',
      access: 'invitation',
      readers: 'anyone',
      functions: ['put', 'get', 'list', 'history', 'events'],
      nodes: [],
      status: 'draft',
    })
  })

  it('has the functions of its framework, and no others', async () => {
    const evm = (more: Record<string, CborValue>) =>
      act('service-create', { id: 'coin', framework: 'evm', ...more })
    assert.equal(await act('service-create', { id: 'coin', framework: 'xyz' }), 'FRAMEWORK_UNKNOWN')
    assert.equal(await evm({ roles: [['payer', ['send', 'list']]] }), 'ACT_INVALID')
    assert.equal(await evm({ roles: [['payer', ['send']]] }), 'appended')
    const { framework, functions } = readService(world.ledger, 'coin') ?? assert.fail()
    assert.deepEqual([framework, functions], ['evm', ['call', 'send', 'events']])
  })

  it('takes nothing before it runs, and is reviewed by another member', async () => {
    const early = await world.act('credential-create', credentialOf('early', { service: 'points' }))
    assert.equal(resultOf(await world.submitOne(early)), 'SERVICE_NOT_RUNNING')
    await world.done('alliance-policy', { expect: 1, serviceReview: true })
    await world.done('service-submit', { id: 'points', expect: 1 })
    await world.done('service-approve', { id: 'points', expect: 2 })
    await world.done('service-create', { id: 'second', framework: 'records' })
    assert.equal(readService(world.ledger, 'second')?.status, 'review')
    await world.done('member-add', { id: 'bob', key: keyOf('bob') })
    const policy = await world.act('alliance-policy', { expect: 3, serviceReview: false })
    assert.equal(resultOf(await world.submitOne(policy)), 'NOT_ALLOWED')
    const bob = { iss: 'bob', signer: namedSigner('bob') }
    const second = { id: 'second', expect: 1 }
    assert.equal(await act('service-approve', second), 'NOT_ALLOWED')
    assert.equal(await act('service-update', second), 'ACT_CONFLICT')
    assert.equal(await act('service-reject', second, bob), 'appended')
    assert.equal(await act('service-submit', { id: 'second', expect: 2 }, bob), 'NOT_ALLOWED')
    assert.equal(await act('service-submit', { id: 'second', expect: 2 }), 'appended')
    assert.equal(await act('service-approve', { id: 'second', expect: 3 }, bob), 'appended')
    assert.equal(readService(world.ledger, 'second')?.status, 'running')
  })

  it('changes what may change, and takes no record where it offers no put', async () => {
    assert.equal(await act('service-update', { expect: 3, keyMode: 'key-trust' }), 'ACT_INVALID')
    await world.done('service-update', { id: 'flights', expect: 1, functions: ['get'] })
    assert.equal(await write('none'), 'NOT_ALLOWED')
    const changes = { access: 'open', readers: 'credentials' }
    await world.done('service-update', { id: 'flights', expect: 2, functions: ['put'], ...changes })
    assert.equal(await write('some'), 'appended')
    assert.equal(readService(world.ledger, 'flights')?.access, 'open')
    assert.equal(status(), 'running')
  })
})

describe('a service that a city node publishes', () => {
  before(async () => {
    world = await LedgerWorld.create({ modules: [membersModule] })
  })
  after(() => world.remove())
  const bob = { iss: 'bob', signer: namedSigner('bob') }
  const [node, bobNode] = [
    { signer: namedSigner('node') },
    { iss: 'bob', signer: namedSigner('bob node') },
  ]
  const act = async (type: string, payload: Record<string, CborValue>, how = {}) =>
    resultOf(await world.submitOne(await world.act(type, { id: 'points', ...payload }, how)))
  const points = (expect: number) => ({ id: 'points', expect })

  it("is its member's, too, and another member reviews it with its own key", async () => {
    await world.done('alliance-policy', { expect: 1, serviceReview: true })
    await world.done('member-add', { id: 'bob', key: keyOf('bob') })
    await world.done('operator-key-register', { key: keyOf('node') })
    await world.done('operator-key-register', { key: keyOf('bob node') }, bob)
    await world.done('service-create', { id: 'points', framework: 'records' }, node)
    assert.equal(readService(world.ledger, 'points')?.publisher, 'operator/admin')
    for (const how of [{}, node, bobNode]) {
      assert.equal(await act('service-approve', points(1), how), 'NOT_ALLOWED')
    }
    await world.done('service-approve', points(1), bob)
    const letIn = credentialOf('letin', { service: 'points' })
    assert.equal(await act('credential-create', letIn, bobNode), 'NOT_ALLOWED')
    await world.done('credential-create', letIn, node)
    assert.equal(await act('service-freeze', points(2), bob), 'NOT_ALLOWED')
    await world.done('service-freeze', points(2))
    await world.done('service-unfreeze', points(3), node)
  })
})
