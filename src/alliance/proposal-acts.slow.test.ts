import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { utf8 } from '@openbsn/sdk'
import { keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { by, carried, Voters } from '../testing/voters.ts'
import { readProposal } from './proposal-state.ts'

let world: LedgerWorld
let voters: Voters
const day = 86_400
const stop = carried('alliance-stop', {})
const policy = (expect: number) => carried('alliance-policy', { expect, serviceReview: true })
const statusOf = (id: string) => readProposal(world.ledger, id)?.status

/** A ledger for each test of a suite. */
function withLedger(): void {
  beforeEach(async () => {
    world = await LedgerWorld.create()
    voters = new Voters(world)
  })
  afterEach(() => world.remove())
}

describe('a proposal', () => {
  withLedger()

  it('of who is alone passes with its vote, at once', async () => {
    assert.equal(await voters.propose('stop', [stop]), 'appended')
    assert.equal(await voters.execute('stop'), 'PROPOSAL_NOT_DUE')
    assert.equal(await voters.vote('stop', 'admin'), 'appended')
    assert.equal(await voters.execute('stop'), 'appended')
    assert.equal(statusOf('stop'), 'executed')
    assert.equal(await voters.execute('stop'), 'PROPOSAL_CLOSED')
  })

  it('that could not run is refused with the reason of its act', async () => {
    const remove = (id: string) => [carried('alliance-remove', { id, expect: 1 })]
    assert.equal(await voters.propose('p1', remove('admin')), 'ACT_CONFLICT', 'the last member')
    assert.equal(await voters.propose('p1', remove('nobody')), 'OBJECT_NOT_FOUND')
    assert.equal(await voters.propose('p1', [policy(7)]), 'VERSION_STALE')
    const none = carried('validators-update', { expect: 1, validators: [] }, 'bsn:validators')
    assert.equal(await voters.propose('p1', [none]), 'ACT_INVALID', 'the last validator')
    assert.equal(await voters.propose('p1', [stop, stop]), 'ACT_CONFLICT')
    const service = { id: 'x1', framework: 'records' }
    const create = carried('service-create', service, 'bsn:services')
    assert.equal(await voters.propose('p1', [create]), 'ACT_UNKNOWN')
    const unknown = carried('alliance-stop', {}, 'bsn:nothing')
    assert.equal(await voters.propose('p1', [unknown]), 'MODULE_UNKNOWN')
    assert.equal(statusOf('p1'), undefined)
  })

  it('has a form and a time', async () => {
    const { now } = world.clock
    for (const deadline of [now, now + 3599, now + 31 * day]) {
      assert.equal(await voters.propose('p1', [stop], { deadline }), 'ACT_INVALID')
    }
    const lists = [[], [1], [['bsn:alliance', 'x', utf8('no CBOR')]], Array(9).fill(stop)]
    for (const acts of lists) assert.equal(await voters.propose('p1', acts), 'ACT_INVALID')
    assert.equal(await voters.propose('P', [stop]), 'ACT_INVALID')
    const long = { id: 'p1', title: 't', acts: [stop], deadline: now + day }
    const act = await world.act('alliance-propose', { ...long, reason: 'x'.repeat(4097) })
    assert.equal(resultOf(await world.submitOne(act)), 'ACT_INVALID')
    assert.equal(await voters.propose('p1', [stop]), 'appended')
    assert.equal(await voters.propose('p1', [stop]), 'ACT_CONFLICT')
  })
})

describe('a proposal of several', () => {
  withLedger()

  it('waits for its time lock, and for the act that executes it, by anybody', async () => {
    await voters.admit('bob', 'eve')
    await voters.propose('review', [policy(3)])
    assert.equal(await voters.vote('review', 'bob'), 'appended')
    assert.equal(statusOf('review'), 'open')
    assert.equal(await voters.vote('review', 'admin'), 'appended')
    assert.equal(statusOf('review'), 'passed', 'what eve says could not change it')
    assert.equal(await voters.vote('review', 'eve', 'no'), 'PROPOSAL_CLOSED')
    world.clock.now += day - 1
    assert.equal(await voters.execute('review'), 'PROPOSAL_NOT_DUE')
    assert.equal(await voters.close('review'), 'PROPOSAL_NOT_DUE')
    world.clock.now += 1
    assert.equal(await voters.close('review'), 'ACT_CONFLICT', 'it can be executed')
    const other = await world.act('alliance-execute', { id: 'review', acts: [stop] })
    assert.equal(resultOf(await world.submitOne(other)), 'ACT_INVALID')
    assert.equal(await voters.execute('review', 'eve'), 'appended')
    assert.equal(statusOf('review'), 'executed')
  })

  it('fails where its act can run no more, and the code is kept', async () => {
    await voters.admit('bob')
    await voters.propose('first', [policy(2)])
    await voters.decide('second', [stop], ['admin', 'bob'])
    for (const id of ['admin', 'bob']) await voters.vote('first', id)
    world.clock.now += day
    assert.equal(await voters.execute('first'), 'VERSION_STALE')
    assert.equal(statusOf('first'), 'passed', 'what is refused changes nothing')
    assert.equal(await voters.close('first'), 'appended')
    assert.equal(statusOf('first'), 'failed')
    assert.equal(await voters.close('first'), 'PROPOSAL_CLOSED')
  })

  it('is decided by the votes that came, when its time is over', async () => {
    await voters.admit('bob', 'eve', 'kim')
    const deadline = world.clock.now + day
    for (const id of ['yes', 'no']) await voters.propose(id, [stop], { deadline })
    assert.equal(await voters.close('no'), 'PROPOSAL_NOT_DUE')
    for (const from of ['bob', 'eve']) await voters.vote('yes', from)
    await voters.vote('no', 'bob')
    assert.deepEqual([statusOf('yes'), statusOf('no')], ['open', 'open'])
    world.clock.now = deadline
    assert.equal(await voters.vote('yes', 'kim', 'no'), 'PROPOSAL_CLOSED')
    assert.equal(await voters.execute('no'), 'PROPOSAL_CLOSED')
    assert.equal(await voters.execute('nothing'), 'OBJECT_NOT_FOUND')
    assert.equal(await voters.close('no'), 'appended')
    assert.equal(await voters.execute('yes'), 'appended')
    assert.deepEqual([statusOf('yes'), statusOf('no')], ['executed', 'rejected'])
  })

  it('that passed by its deadline waits for its lock from then on', async () => {
    await voters.admit('bob', 'eve', 'kim')
    const deadline = world.clock.now + 2 * day
    await voters.propose('review', [policy(4)], { deadline })
    for (const from of ['bob', 'eve']) await voters.vote('review', from)
    world.clock.now = deadline + 1
    assert.equal(await voters.close('review'), 'appended')
    assert.equal(readProposal(world.ledger, 'review')?.due, deadline + day)
    world.clock.now = deadline + day
    assert.equal(await voters.execute('review'), 'appended')
  })
})

describe('a vote', () => {
  withLedger()

  it('is given once, by a member, to the text that it has read', async () => {
    await voters.admit('bob', 'eve')
    await voters.propose('p1', [stop])
    assert.equal(await voters.vote('p1', 'bob', 'maybe'), 'ACT_INVALID')
    assert.equal(await voters.vote('p2', 'bob'), 'OBJECT_NOT_FOUND')
    assert.equal(await voters.vote('p1', 'stranger'), 'KEY_UNKNOWN')
    await world.done('operator-key-register', { key: keyOf('node') }, by('admin'))
    const signer = by('node').signer
    assert.ok(signer)
    assert.equal(await voters.vote('p1', 'admin', 'yes', { signer }), 'NOT_ALLOWED')
    const digest = new Uint8Array(32)
    const blind = await world.act('alliance-vote', { id: 'p1', choice: 'yes', digest }, by('bob'))
    assert.equal(resultOf(await world.submitOne(blind)), 'ACT_CONFLICT')
    assert.equal(await voters.vote('p1', 'bob', 'abstain'), 'appended')
    assert.equal(await voters.vote('p1', 'bob', 'yes'), 'ALREADY_VOTED')
  })

  it('may be signed long before it comes in, up to the deadline', async () => {
    await voters.admit('bob')
    const deadline = world.clock.now + 20 * day
    await voters.propose('p1', [stop], { deadline })
    assert.equal(await voters.vote('p1', 'bob', 'yes', { exp: deadline + 1 }), 'EXPIRY_REQUIRED')
    world.clock.now += 10 * day
    const iat = world.clock.now - 10 * day
    assert.equal(await voters.vote('p1', 'bob', 'yes', { iat, exp: deadline }), 'appended')
    const late = { exp: world.clock.now + 3601 }
    const other = await world.act('alliance-close', { id: 'p1' }, late)
    assert.equal(resultOf(await world.submitOne(other)), 'EXPIRY_REQUIRED')
  })

  it('of a member that is gone does not count', async () => {
    await voters.admit('bob', 'eve', 'kim')
    const deadline = world.clock.now + 9 * day
    await voters.propose('p1', [stop], { deadline })
    await voters.vote('p1', 'kim')
    await voters.vote('p1', 'bob')
    const remove = carried('alliance-remove', { id: 'kim', expect: 1 })
    await voters.decide('remove', [remove], ['admin', 'bob', 'eve'])
    assert.equal(await voters.vote('p1', 'kim', 'no'), 'KEY_REVOKED')
    await voters.vote('p1', 'eve', 'no')
    await voters.vote('p1', 'admin', 'abstain')
    assert.equal(statusOf('p1'), 'rejected')
  })
})

describe('one of several members', () => {
  withLedger()

  it('does nothing alone that the alliance decides', async () => {
    assert.equal(await voters.propose('before', [stop]), 'appended')
    await voters.admit('bob')
    const alone = [
      ['alliance-policy', { expect: 2, serviceReview: true }],
      ['alliance-rules', { expect: 2, quorum: [1, 1000] }],
      ['alliance-admit', { id: 'own', name: 'own', power: 9, key: keyOf('own') }],
      ['alliance-stop', {}],
      ['alliance-resume', {}],
      ['alliance-software', { software: '9.0.0', from: 999 }],
      ['validators-update', { expect: 1, validators: [[keyOf('own'), 1]] }],
    ] as const
    for (const [type, payload] of alone) {
      const act = await world.act(type, payload as never)
      assert.equal(resultOf(await world.submitOne(act)), 'NOT_ALLOWED', type)
    }
    assert.equal(await voters.vote('before', 'admin'), 'appended')
    assert.equal(statusOf('before'), 'open', 'what was begun alone needs the others, too')
  })
})
