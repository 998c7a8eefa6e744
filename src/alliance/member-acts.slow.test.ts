import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { readAlliance, readMember } from '../ledger/modules/alliance-objects.ts'
import { keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { by, carried, Voters } from '../testing/voters.ts'

let world: LedgerWorld
let voters: Voters
const freezeOwn = { id: 'flights', expect: 1 }
const send = async (...args: Parameters<LedgerWorld['act']>) =>
  resultOf(await world.submitOne(await world.act(...args)))

/** A ledger for each test of a suite. */
function withLedger(): void {
  beforeEach(async () => {
    world = await LedgerWorld.create()
    voters = new Voters(world)
  })
  afterEach(() => world.remove())
}

describe('a member', () => {
  withLedger()

  it('is let in by who is alone, within bounds, under an id of its own for ever', async () => {
    const bob = { id: 'bob', name: 'Bob & Co', power: 3, key: keyOf('bob') }
    const wrong = [{ id: 'B' }, { power: 0 }, { power: 1_000_001 }, { name: '' }]
    for (const one of wrong) {
      assert.equal(await send('alliance-admit', { ...bob, ...one }), 'ACT_INVALID')
    }
    assert.equal(await send('alliance-admit', { ...bob, key: keyOf('member') }), 'ACT_CONFLICT')
    const noKey = new Uint8Array(3)
    assert.equal(await send('alliance-admit', { ...bob, key: noKey }), 'KEY_INVALID')
    assert.equal(await send('alliance-admit', { ...bob, id: 'admin' }), 'ACT_CONFLICT')
    assert.equal(await send('alliance-admit', bob), 'appended')
    const found = { name: 'Bob & Co', power: 3, keysSince: 0, status: 'active', version: 1 }
    assert.deepEqual(readMember(world.ledger, 'bob'), found)
    assert.deepEqual(readAlliance(world.ledger).members, ['admin', 'bob'])
  })

  it('that is removed signs nothing any more, nor do its city nodes', async () => {
    await voters.admit('bob', 'eve')
    await world.done('operator-key-register', { key: keyOf('node') }, by('eve'))
    await voters.decide(
      'out',
      [carried('alliance-remove', { id: 'eve', expect: 1 })],
      ['admin', 'bob'],
    )
    assert.deepEqual(readAlliance(world.ledger).members, ['admin', 'bob'])
    assert.equal(
      await send('service-create', { id: 'x1', framework: 'records' }, by('eve')),
      'KEY_REVOKED',
    )
    const node = { iss: 'eve', signer: namedSigner('node') }
    assert.equal(await send('alliance-close', { id: 'out' }, node), 'KEY_REVOKED')
    const again = carried('alliance-admit', {
      id: 'eve',
      name: 'eve',
      power: 1,
      key: keyOf('eve 2'),
    })
    assert.equal(await voters.propose('again', [again]), 'ACT_CONFLICT')
    await world.settle()
    const operators = { operators: ['eve'], keys: [keyOf('c2')] }
    const credential = { id: 'c2', service: 'flights', label: 'c2', ...operators }
    assert.equal(await send('credential-create', credential), 'ACT_INVALID')
    assert.equal(
      await voters.propose('p1', [carried('alliance-remove', { id: 'eve', expect: 2 })]),
      'ACT_CONFLICT',
    )
  })

  it('gets another power', async () => {
    await voters.admit('bob')
    const power = (value: number) => [
      carried('alliance-power', { id: 'bob', expect: 1, power: value }),
    ]
    assert.equal(await voters.propose('p1', power(0)), 'ACT_INVALID')
    await voters.decide('p1', power(5), ['admin', 'bob'])
    assert.equal(readMember(world.ledger, 'bob')?.power, 5)
  })
})

describe('a lost key', () => {
  withLedger()

  it('is replaced by the others, and all that its member had end', async () => {
    await voters.admit('bob', 'eve')
    await world.done('key-register', { owner: 'member/eve', key: keyOf('eve spare') }, by('eve'))
    const key = keyOf('eve new')
    const replace = carried('alliance-replace-key', { id: 'eve', expect: 1, key })
    const stop = carried('alliance-stop', {})
    assert.equal(await voters.propose('both', [replace, stop]), 'ACT_INVALID')
    assert.equal(await voters.propose('key', [replace], { from: 'bob' }), 'appended')
    assert.equal(await voters.vote('key', 'eve', 'no'), 'NOT_ALLOWED')
    for (const from of ['admin', 'bob']) assert.equal(await voters.vote('key', from), 'appended')
    world.clock.now += 86_400
    assert.equal(await voters.execute('key'), 'appended')
    for (const name of ['eve', 'eve spare']) {
      const old = { iss: 'eve', signer: namedSigner(name) }
      assert.equal(
        await send('service-create', { id: 'x1', framework: 'records' }, old),
        'KEY_REVOKED',
      )
    }
    const fresh = { iss: 'eve', signer: namedSigner('eve new') }
    await world.done('service-create', { id: 'x1', framework: 'records' }, fresh)
    await world.done('key-register', { owner: 'member/eve', key: keyOf('eve more') }, fresh)
    const more = { iss: 'eve', signer: namedSigner('eve more') }
    await world.done('service-freeze', { id: 'x1', expect: 1 }, more)
  })

  it('of one of two is not replaced: the other would be alone', async () => {
    await voters.admit('bob')
    const key = keyOf('bob new')
    const replace = carried('alliance-replace-key', { id: 'bob', expect: 1, key })
    assert.equal(await voters.propose('key', [replace]), 'ACT_CONFLICT')
    assert.equal(await send('alliance-replace-key', { id: 'bob', expect: 1, key }), 'ACT_UNKNOWN')
  })
})

describe('what the members freeze by vote', () => {
  withLedger()

  it('goes on by vote alone, as it was; whoever owns it cannot dodge', async () => {
    await world.settle()
    await voters.admit('bob')
    const both = ['admin', 'bob']
    const acts = (verb: string) => [
      carried(`service-${verb}`, { id: 'flights' }, 'bsn:services'),
      carried(`credential-${verb}`, { id: 'c1' }, 'bsn:credentials'),
    ]
    assert.equal(await voters.propose('early', acts('unfreeze')), 'ACT_CONFLICT')
    await world.done('credential-freeze', { id: 'c1', expect: 1 })
    assert.equal(await voters.propose('on', acts('freeze')), 'appended')
    await world.done('service-update', { id: 'flights', expect: 1, access: 'open' })
    for (const from of both) await voters.vote('on', from)
    assert.equal(await voters.execute('on'), 'appended')
    assert.equal(await send('service-unfreeze', { id: 'flights', expect: 3 }), 'NOT_ALLOWED')
    assert.equal(await send('credential-unfreeze', { id: 'c1', expect: 3 }), 'NOT_ALLOWED')
    assert.equal(await voters.propose('again', acts('freeze')), 'ACT_CONFLICT')
    await voters.decide('off', acts('unfreeze'), both)
    assert.equal(resultOf(await world.submitOne(await world.record('r'))), 'CREDENTIAL_FROZEN')
    await world.done('credential-unfreeze', { id: 'c1', expect: 4 })
    assert.equal(resultOf(await world.submitOne(await world.record('r'))), 'appended')
    await voters.decide('last', acts('freeze').slice(0, 1), both)
    await world.done('service-retire', { id: 'flights', expect: 5 })
    assert.equal(await voters.propose('end', acts('unfreeze')), 'ACT_CONFLICT')
    assert.equal(await send('service-freeze', { ...freezeOwn, expect: 6 }), 'ACT_CONFLICT')
  })

  it('is a city node of any member, too', async () => {
    const place = { city: 'Lisboa', country: 'PT', latitude: 0, longitude: 0 }
    const more = { gateway: 'https://lisboa.example', software: '0.1.0', frameworks: [] }
    await voters.admit('bob')
    await world.done('node-register', { id: 'lisboa', ...place, ...more }, by('bob'))
    const retire = [carried('node-retire', { id: 'lisboa' })]
    await voters.decide('map', retire, ['admin', 'bob'])
    assert.equal(await send('node-update', { id: 'lisboa', expect: 2 }, by('bob')), 'ACT_CONFLICT')
    assert.equal(await voters.propose('again', retire), 'ACT_CONFLICT')
  })
})
