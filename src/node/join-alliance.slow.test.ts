import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { parseStatement, thumbprint, toHex } from '@openbsn/sdk'
import { readObject } from '../ledger/state/state-view.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { testHome } from '../testing/node-home.ts'
import { homePaths } from './create-home.ts'
import { joinAlliance } from './join-alliance.ts'

const gateway = 'http://127.0.0.1:8420'
const facts = {
  ...{ id: 'berlin-1', city: 'Berlin', country: 'DE' },
  ...{ latitude: 52_520_000, longitude: 13_405_000, software: 'openbsn 0.1.0' },
}

/** A data folder for the tests of one suite, made before and removed after them. */
function homeOfOne() {
  let made: Awaited<ReturnType<typeof testHome>>
  before(async () => {
    made = await testHome()
  })
  after(() => made.remove())
  return {
    home: () => made,
    deps: (name: string) => ({
      ledger: made.ledger,
      operator: namedSigner(name),
      clock: { nowSeconds: () => 1_800_000_000 },
    }),
    size: () => made.ledger.head.firstIndex + made.ledger.head.count,
  }
}

describe('joining an alliance of one', () => {
  const { home, deps, size } = homeOfOne()

  it("registers the operator's key and the node, once", async () => {
    const { profile } = homePaths(home().home)
    const first = size()
    for (let start = 0; start < 2; start++) {
      assert.deepEqual(await joinAlliance({ profile, gateway, facts }, deps('node')), [])
    }
    assert.equal(size(), first + 2)
    const kid = toHex(thumbprint(namedSigner('node').key))
    assert.equal(readObject(home().ledger, `key/${kid}`)?.get('owner'), 'operator/admin')
    const node = readObject(home().ledger, 'node/berlin-1')
    const told = ['operator', 'city', 'latitude', 'gateway', 'status'].map((one) => node?.get(one))
    assert.deepEqual(told, ['admin', 'Berlin', 52_520_000, gateway, 'active'])
    const entry = home().ledger.entry(first)?.statement ?? new Uint8Array()
    assert.equal(parseStatement(entry).claims.iss, 'admin')
    // Another key of the same node, as one has that was restored without its keys.
    assert.deepEqual(await joinAlliance({ profile, gateway, facts }, deps('other')), [])
    assert.equal(size(), first + 3)
  })

  it('says so where the address or the version is another one', async () => {
    const { profile } = homePaths(home().home)
    const first = size()
    const moved = 'http://127.0.0.1:9000'
    const newer = { ...facts, software: 'openbsn 0.2.0' }
    for (const of of [
      { gateway: moved, facts },
      { gateway: moved, facts: newer },
      { gateway: moved, facts: newer },
      { gateway, facts },
    ]) {
      assert.deepEqual(await joinAlliance({ profile, ...of }, deps('other')), [])
      assert.equal(readObject(home().ledger, 'node/berlin-1')?.get('gateway'), of.gateway)
    }
    assert.equal(size(), first + 3)
    assert.equal(readObject(home().ledger, 'node/berlin-1')?.get('city'), 'Berlin')
  })

  it('tells what was refused, and does nothing where the administrator is elsewhere', async () => {
    const { profile } = homePaths(home().home)
    const nowhere = { ...facts, id: 'paris-1', country: 'france' }
    const refused = await joinAlliance({ profile, gateway, facts: nowhere }, deps('node'))
    assert.deepEqual(
      refused.map((one) => 'code' in one && one.code),
      ['ACT_INVALID'],
    )
    const before = size()
    const more = { ...facts, id: 'rome-1' }
    const text = readFileSync(profile, 'utf8')
    for (const broken of ['', '{"member":{"id":"admin","algorithm":"EdDSA","secret":"!"}}']) {
      writeFileSync(profile, broken)
      assert.deepEqual(await joinAlliance({ profile, gateway, facts: more }, deps('node')), [])
    }
    writeFileSync(profile, text)
    const elsewhere = { profile: home().path('none'), gateway, facts: more }
    assert.deepEqual(await joinAlliance(elsewhere, deps('node')), [])
    assert.equal(size(), before)
  })
})

describe('a node that keeps groups', () => {
  const { home, deps, size } = homeOfOne()

  it('lists its groups, and says which of them it keeps', async () => {
    const { profile } = homePaths(home().home)
    const first = size()
    const [east, west] = ['a', 'b'].map((digit) => `bsn1${digit.repeat(40)}`)
    const groups = [
      { id: 'east', ledger: String(east) },
      { id: 'west', ledger: String(west) },
    ]
    const join = (kept: typeof groups) =>
      joinAlliance({ profile, gateway, facts, groups: kept }, deps('node'))
    for (let start = 0; start < 2; start++) assert.deepEqual(await join(groups), [])
    assert.equal(size(), first + 4)
    assert.equal(readObject(home().ledger, 'group/west')?.get('ledger'), west)
    const kept = () => readObject(home().ledger, 'node/berlin-1')?.get('groups')
    assert.deepEqual(kept(), ['east', 'west'])
    // A name that is another group's is not said, and stays what it is.
    assert.deepEqual(await join([{ id: 'east', ledger: String(west) }]), [])
    assert.deepEqual([kept(), size()], [[], first + 5])
  })
})
