import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CborValue } from '@openbsn/sdk'
import { sizeAfter } from '../ledger/blocks.ts'
import { verifyLedger } from '../ledger/verify/verify-ledger.ts'
import { keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { membersModule } from '../testing/members-module.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { carried, Voters } from '../testing/voters.ts'
import { accountKey, readFreezes } from './account-state.ts'

const address = new Uint8Array(20).fill(0xab)
const key = accountKey('coin', 'ab'.repeat(20))
const good = { service: 'coin', address, expect: 0 }
const bob = { iss: 'bob', signer: namedSigner('bob') }

describe('accounts of a chain', () => {
  let world: LedgerWorld
  const act = async (verb: string, changes: Record<string, CborValue> = {}, how = {}) => {
    const statement = await world.act(`account-${verb}`, { ...good, ...changes }, how)
    return resultOf(await world.submitOne(statement))
  }
  before(async () => {
    world = await (await LedgerWorld.create({ modules: [membersModule] })).settle()
    await world.done('member-add', { id: 'bob', key: keyOf('bob') })
    await world.done('service-create', { id: 'coin', framework: 'evm' })
  })
  after(() => world.remove())

  it('have a form', async () => {
    const wrong: Record<string, CborValue>[] = [
      { address: new Uint8Array(19) },
      { address: new Uint8Array(21) },
      { address: `0x${'ab'.repeat(20)}` },
      { expect: -1 },
      { service: '' },
      { id: 'coin' },
    ]
    for (const one of wrong) {
      assert.equal(await act('freeze', one), 'ACT_INVALID', JSON.stringify(one))
      assert.equal(await act('unfreeze', one), 'ACT_INVALID', JSON.stringify(one))
    }
    for (const reason of ['', 'x'.repeat(129), 7]) {
      assert.equal(await act('freeze', { reason }), 'ACT_INVALID')
    }
    assert.equal(await act('unfreeze', { reason: 'x' }), 'ACT_INVALID')
    const { expect: _, ...less } = good
    const statement = await world.act('account-freeze', less)
    assert.equal(resultOf(await world.submitOne(statement)), 'ACT_INVALID')
  })

  it('are of a service that has a chain, and are frozen by its publisher alone', async () => {
    assert.equal(await act('freeze', { service: 'none' }), 'SERVICE_UNKNOWN')
    assert.equal(await act('freeze', { service: 'flights' }), 'ACT_INVALID')
    assert.equal(await act('freeze', {}, bob), 'NOT_ALLOWED')
    const credential = { iss: 'c1', signer: namedSigner('c1') }
    assert.equal(await act('freeze', {}, credential), 'NOT_ALLOWED')
    assert.deepEqual(readFreezes(world.ledger, key), [])
  })

  it('are frozen, and go on, each once', async () => {
    assert.equal(await act('unfreeze'), 'ACT_CONFLICT')
    assert.equal(await act('freeze', { expect: 1 }), 'VERSION_STALE')
    const entry = sizeAfter(world.ledger.head)
    assert.equal(await act('freeze', { reason: 'Case 17' }), 'appended')
    const freeze = { by: 'member/admin', entry, reason: 'Case 17' }
    assert.deepEqual(readFreezes(world.ledger, key), [freeze])
    assert.equal(await act('freeze'), 'VERSION_STALE')
    assert.equal(await act('freeze', { expect: 1 }), 'ACT_CONFLICT')
    assert.equal(await act('unfreeze', { expect: 1 }, bob), 'NOT_ALLOWED')
    assert.equal(await act('unfreeze', { expect: 1 }), 'appended')
    assert.deepEqual(readFreezes(world.ledger, key), [])
    assert.equal(await act('unfreeze', { expect: 2 }), 'ACT_CONFLICT')
    assert.equal(await act('freeze', { expect: 2 }), 'appended')
  })

  it('are frozen while the service is, and stay as they are when it is retired', async () => {
    await world.done('service-create', { id: 'plan', framework: 'evm', draft: true })
    assert.equal(await act('freeze', { service: 'plan' }), 'appended')
    await world.done('service-freeze', { id: 'coin', expect: 1 })
    assert.equal(await act('unfreeze', { expect: 3 }), 'appended')
    await world.done('service-retire', { id: 'coin', expect: 2 })
    assert.equal(await act('freeze', { expect: 4 }), 'SERVICE_RETIRED')
    assert.equal(await act('unfreeze', { service: 'plan', expect: 1 }), 'appended')
  })
})

describe('accounts of a chain that the members freeze by vote', () => {
  let world: LedgerWorld
  let voters: Voters
  const act = async (verb: string, expect: number) => {
    const statement = await world.act(`account-${verb}`, { ...good, expect })
    return resultOf(await world.submitOne(statement))
  }
  const vote = (verb: string, more: Record<string, CborValue> = {}) =>
    carried(`account-${verb}`, { service: 'coin', address, ...more }, 'bsn:accounts')
  before(async () => {
    world = await LedgerWorld.create()
    voters = new Voters(world)
    await world.done('alliance-rules', { expect: 1, locks: [['members', 0]] })
    const { id, ...member } = { id: 'bob', name: 'Bob', power: 1, key: keyOf('bob') }
    await world.done('alliance-admit', { id, ...member })
    await world.done('service-create', { id: 'coin', framework: 'evm' })
  })
  after(() => world.remove())

  it('wait for a vote to go on', async () => {
    await voters.decide('freeze', [vote('freeze', { reason: 'Case 18' })], ['admin', 'bob'])
    const [freeze] = readFreezes(world.ledger, key)
    assert.deepEqual([freeze?.by, freeze?.reason], ['voters/all', 'Case 18'])
    assert.equal(freeze?.entry, sizeAfter(world.ledger.head) - 1)
    assert.equal(await act('freeze', 1), 'ACT_CONFLICT')
    assert.equal(await act('unfreeze', 1), 'NOT_ALLOWED')
    assert.equal(await voters.propose('again', [vote('freeze')]), 'ACT_CONFLICT')
    await voters.decide('go-on', [vote('unfreeze')], ['bob', 'admin'])
    assert.deepEqual(readFreezes(world.ledger, key), [])
    assert.equal(await voters.propose('none', [vote('unfreeze')]), 'ACT_CONFLICT')
  })

  it('are then as their publisher left them', async () => {
    assert.equal(await act('freeze', 2), 'appended')
    assert.equal(await voters.propose('not-by-vote', [vote('unfreeze')]), 'ACT_CONFLICT')
    await voters.decide('freeze-too', [vote('freeze')], ['admin', 'bob'])
    assert.equal(await act('unfreeze', 4), 'NOT_ALLOWED')
    await voters.decide('unfreeze', [vote('unfreeze')], ['admin', 'bob'])
    const freezes = readFreezes(world.ledger, key)
    assert.deepEqual(
      freezes.map(({ by }) => by),
      ['member/admin'],
    )
    assert.equal(await act('unfreeze', 5), 'appended')
  })

  it('are found at any version, or at the one that the vote names', async () => {
    assert.equal(await voters.propose('stale', [vote('freeze', { expect: 1 })]), 'VERSION_STALE')
    assert.equal(await voters.propose('odd', [vote('freeze', { id: 'x' })]), 'ACT_INVALID')
    const other = vote('freeze', { service: 'none' })
    assert.equal(await voters.propose('other', [other]), 'SERVICE_UNKNOWN')
    assert.equal(await voters.propose('exact', [vote('freeze', { expect: 6 })]), 'appended')
  })

  it('come out alike in the verifier', async () => {
    const { finding } = await verifyLedger(world.folder.path, { workers: 1 })
    assert.equal(finding, undefined)
  })
})
