import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type CborValue, verifyKeyBundle } from '@openbsn/sdk'
import { softwareKey } from '../ledger/required-software.ts'
import { readObject } from '../ledger/state/state-view.ts'
import { counterModule, countIn } from '../testing/counter-module.ts'
import { keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { by, carried, Voters } from '../testing/voters.ts'
import { readProposal } from './proposal-state.ts'
import { defaultRules, readRules } from './voting-rules.ts'

let world: LedgerWorld
let voters: Voters
const send = async (...args: Parameters<LedgerWorld['act']>) =>
  resultOf(await world.submitOne(await world.act(...args)))
const entry = async () => resultOf(await world.submitOne(await world.record('one')))

/** A ledger for each test of a suite. */
function withLedger(): void {
  beforeEach(async () => {
    world = await LedgerWorld.create({ modules: [counterModule] })
    voters = new Voters(world)
  })
  afterEach(() => world.remove())
}

describe('the rules of votes', () => {
  withLedger()

  it('keep within bounds, and change one by one', async () => {
    const wrong: Record<string, CborValue>[] = [
      { quorum: [0, 2] },
      { quorum: [3, 2] },
      { quorum: [1] },
      { quorum: [1, 1001] },
      { threshold: [1, 2] },
      { threshold: [3, 2] },
      { deadlineMin: 59 },
      { deadlineMin: 9000, deadlineMax: 8000 },
      { deadlineMax: 367 * 86_400 },
      { locks: [['nothing', 1]] },
      { locks: [['stop', -1]] },
      { locks: [['stop', 1, 1]] },
      {
        locks: [
          ['stop', 1],
          ['stop', 2],
        ],
      },
    ]
    for (const one of wrong) {
      const said = await send('alliance-rules', { expect: 1, ...one })
      assert.equal(said, 'ACT_INVALID', JSON.stringify(one))
    }
    assert.deepEqual(readRules(world.ledger), defaultRules)
    const given: Record<string, CborValue> = { quorum: [3, 4], locks: [['stop', 60]] }
    assert.equal(await send('alliance-rules', { expect: 1, ...given }), 'appended')
    assert.equal(await send('alliance-rules', { expect: 1, ...given }), 'VERSION_STALE')
    await world.done('alliance-rules', { expect: 2, deadlineMax: 99_999 })
    const { quorum, lockSeconds, deadlineSecondsMax, threshold } = readRules(world.ledger)
    assert.deepEqual([quorum, deadlineSecondsMax, threshold], [[3, 4], 99_999, [2, 3]])
    assert.deepEqual(lockSeconds, { ...defaultRules.lockSeconds, stop: 60 })
  })

  it('stay for a proposal as they were when it began', async () => {
    await voters.admit('bob', 'eve')
    await voters.propose('before', [carried('alliance-stop', {})])
    const rules = carried('alliance-rules', { expect: 3, threshold: [1, 1] })
    await voters.decide('strict', [rules], ['admin', 'bob'])
    assert.deepEqual(readProposal(world.ledger, 'before')?.threshold, [2, 3])
  })
})

describe('an emergency stop', () => {
  withLedger()

  it('refuses every record, and no act, until the members vote to go on', async () => {
    await world.settle()
    await voters.admit('bob')
    const both = ['admin', 'bob']
    assert.equal(await entry(), 'appended')
    const again = await world.record('again')
    assert.equal(resultOf(await world.submitOne(again)), 'appended')
    await voters.decide('stop', [carried('alliance-stop', {})], both)
    assert.equal(resultOf(await world.submitOne(await world.record('two'))), 'ALLIANCE_STOPPED')
    assert.equal(resultOf(await world.submitOne(again)), 'duplicate')
    await world.done('service-create', { id: 'x1', framework: 'records' })
    await voters.decide('resume', [carried('alliance-resume', {})], both)
    assert.equal(resultOf(await world.submitOne(await world.record('two'))), 'appended')
  })

  it('is there for who is alone, too', async () => {
    await world.settle()
    assert.equal(await send('alliance-resume', {}), 'ACT_CONFLICT')
    await world.done('alliance-stop', {})
    assert.equal(await entry(), 'ALLIANCE_STOPPED')
    assert.equal(await send('alliance-stop', { now: true }), 'ACT_INVALID')
    await world.done('alliance-resume', {})
    assert.equal(await entry(), 'appended')
  })
})

describe('the validators', () => {
  withLedger()

  it('change by vote; the key bundle leads over the entry that executed it', async () => {
    await voters.admit('bob')
    const act = (name: string, expect: number) =>
      carried('validators-update', { expect, validators: [[keyOf(name), 1]] }, 'bsn:validators')
    assert.equal(await voters.propose('two', [act('a', 1), act('b', 2)]), 'ACT_INVALID')
    await voters.decide('next', [act('next', 1)], ['admin', 'bob'])
    await world.done('service-create', { id: 'x1', framework: 'records' })
    await world.reopen(namedSigner('next'))
    await world.done('service-create', { id: 'x2', framework: 'records' })
    const keys = verifyKeyBundle(world.ledger.keyBundle(), world.id)
    const at = keys.validatorsAt(world.ledger.head.height)
    assert.deepEqual(at[0]?.raw, namedSigner('next').key.raw)
  })
})

describe('the software of the nodes', () => {
  withLedger()

  it('is said for a height that is to come, with the rules that modules go by then', async () => {
    const { height } = world.ledger.head
    const wrong: Record<string, CborValue>[] = [
      { software: '2' },
      { from: height + 1 },
      { modules: [['bsn:counters', 3]] },
      { modules: [['bsn:counters']] },
      {
        modules: [
          ['bsn:counters', 2],
          ['bsn:counters', 2],
        ],
      },
    ]
    const given: Record<string, CborValue> = { software: '0.2.0', from: height + 4 }
    for (const one of wrong) {
      const said = await send('alliance-software', {
        ...given,
        ...one,
        ...{ from: one.from ?? 99 },
      })
      assert.equal(said, 'ACT_INVALID', JSON.stringify(one))
    }
    const unknown = { ...given, from: 99, modules: [['none', 1]] }
    assert.equal(await send('alliance-software', unknown), 'OBJECT_NOT_FOUND')
    const from = world.ledger.head.height + 3
    const step = { software: '0.2.0', from, modules: [['bsn:counters', 2]] }
    await world.done('alliance-software', step)
    const versions = readObject(world.ledger, softwareKey)?.get('versions')
    assert.deepEqual(versions, [['0.2.0', from]])
    assert.equal(await send('alliance-software', { ...given, from }), 'ACT_CONFLICT')
    const counter = { sub: 'bsn:counters' }
    await world.done('counter-step', {}, counter)
    while (world.ledger.head.height + 1 < from) await world.done('counter-step', {}, counter)
    const before = countIn(world.ledger)
    await world.done('counter-step', {}, counter)
    assert.equal(countIn(world.ledger), before + 10)
    assert.equal(await send('alliance-software', step, by('admin')), 'ACT_INVALID')
  })
})
