import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type CborValue, sha256, utf8 } from '@openbsn/sdk'
import { keyOf, LedgerWorld, type RecordInput, resultOf } from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { credentialByApiKey, readCredential } from './credential-state.ts'

let world: LedgerWorld
let written = 0
const hashOf = (name: string) => sha256(utf8(name))

/** A credential without keys of its own, but for an API key. */
const make = (id: string, more: Record<string, CborValue> = {}) => {
  const apiKeys: CborValue = [[hashOf(id), '…abcd']]
  const fields = {
    id,
    service: 'points',
    label: id,
    keys: [],
    apiKeys,
    operators: ['admin'],
    ...more,
  }
  return world.done('credential-create', fields)
}
const write = async (credential: string, how: RecordInput = {}) => {
  const signer = namedSigner('node')
  const claims = { iss: 'admin', sub: 'points', credential, signer, ...how }
  return resultOf(await world.submitOne(await world.record(`${written++}`, claims)))
}

async function worldOfTrust(): Promise<LedgerWorld> {
  const made = await LedgerWorld.create()
  await made.done('operator-key-register', { key: keyOf('node') })
  for (const keyMode of ['key-trust', 'public-key-upload']) {
    const id = keyMode === 'key-trust' ? 'points' : 'uploads'
    await made.done('service-create', { id, framework: 'records', keyMode })
  }
  return made
}

describe('a city node that signs for credentials', () => {
  before(async () => {
    world = await worldOfTrust()
    await make('shop')
  })
  after(() => world.remove())

  it('writes for one that names its operator, in a service of key-trust', async () => {
    assert.equal(await write('shop'), 'appended')
    await make('other', { operators: [] })
    assert.equal(await write('other'), 'NOT_ALLOWED')
    await make('upload', { service: 'uploads' })
    assert.equal(await write('upload', { sub: 'uploads' }), 'NOT_ALLOWED')
    assert.equal(await write('upload'), 'NOT_ALLOWED')
    assert.equal(await write('nobody'), 'NOT_ALLOWED')
    assert.equal(await write('shop', { iss: 'shop' }), 'ISSUER_MISMATCH')
    const nameless = await world.record('x', {
      iss: 'admin',
      sub: 'points',
      signer: namedSigner('node'),
    })
    assert.equal(resultOf(await world.submitOne(nameless)), 'NOT_ALLOWED')
    assert.equal(await write('shop', { signer: namedSigner('member') }), 'ISSUER_MISMATCH')
  })

  it('writes as long as the credential may, and where it has the scope', async () => {
    await make('reader', { scopes: ['records:read'] })
    assert.equal(await write('reader'), 'SCOPE_MISSING')
    await make('short', { expires: world.clock.now + 10 })
    assert.equal(await write('short'), 'appended')
    world.clock.now += 10
    assert.equal(await write('short'), 'CREDENTIAL_EXPIRED')
    await world.done('credential-freeze', { id: 'shop', expect: 1 })
    assert.equal(await write('shop'), 'CREDENTIAL_FROZEN')
    await world.done('credential-unfreeze', { id: 'shop', expect: 2 })
    assert.equal(await write('shop'), 'appended')
  })
})

describe('an API key', () => {
  before(async () => {
    world = await worldOfTrust()
    await make('shop', { perSecond: 5 })
  })
  after(() => world.remove())

  it('leads to its credential, by its hash alone, and is never used twice', async () => {
    const found = credentialByApiKey(world.ledger, hashOf('shop'))
    assert.equal(found?.id, 'shop')
    assert.equal(found?.apiKey.hint, '…abcd')
    assert.equal(found?.credential.perSecond, 5)
    assert.equal(credentialByApiKey(world.ledger, hashOf('none')), undefined)
    const fields = { id: 'thief', service: 'points', label: 'x', keys: [] }
    const refused = async (apiKeys: CborValue) => {
      const act = await world.act('credential-create', { ...fields, apiKeys })
      return resultOf(await world.submitOne(act))
    }
    assert.equal(await refused([[hashOf('shop'), 'x']]), 'ACT_CONFLICT')
    for (const bad of [[], [[utf8('short'), 'x']], [[hashOf('new')]], [[hashOf('new'), '']]]) {
      assert.equal(await refused(bad), 'ACT_INVALID')
    }
    const long = 'x'.repeat(17)
    assert.equal(await refused([[hashOf('new'), long]]), 'ACT_INVALID')
  })

  it('is replaced with an overlap; keys stay where only API keys are new', async () => {
    const until = world.clock.now + 100
    const apiKeys: CborValue = [[hashOf('next'), '…wxyz']]
    await world.done('credential-rotate', { id: 'shop', expect: 1, keys: [], apiKeys, until })
    assert.equal(credentialByApiKey(world.ledger, hashOf('shop'))?.apiKey.until, until)
    const next = credentialByApiKey(world.ledger, hashOf('next'))
    assert.equal(next?.apiKey.until, Number.POSITIVE_INFINITY)
    await world.done('credential-rotate', { id: 'shop', expect: 2, keys: [keyOf('own')], until })
    world.clock.now = until
    const more = { id: 'shop', expect: 3, keys: [keyOf('later')], until }
    await world.done('credential-rotate', more)
    assert.equal(credentialByApiKey(world.ledger, hashOf('shop')), undefined)
    assert.equal(readCredential(world.ledger, 'shop')?.apiKeys.length, 1)
  })
})

describe('the objects of the state', () => {
  it('come by prefix, a page at a time, in the order of their keys', async () => {
    world = await worldOfTrust()
    for (const id of ['b', 'a', 'd', 'c']) await make(`shop-${id}`)
    const page = (after: string | undefined, limit: number) =>
      world.ledger.objects('credential/', after, limit).map(({ key }) => key.slice(11))
    assert.deepEqual(page(undefined, 3), ['shop-a', 'shop-b', 'shop-c'])
    assert.deepEqual(page('credential/shop-b', 2), ['shop-c', 'shop-d'])
    assert.deepEqual(page('credential/shop-d', 2), [])
    assert.deepEqual(page('alliance', 9).length, 4)
    assert.deepEqual(page('x'.repeat(9999), 9), [])
    assert.deepEqual(page('zzz', 9), [])
    await world.remove()
  })
})
