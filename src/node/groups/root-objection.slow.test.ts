import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { encodeCoseKey, signStatement, toBase64url, utf8 } from '@openbsn/sdk'
import type { JoinRequest } from '../../gateway/network-port.ts'
import { keyOf, LedgerWorld } from '../../testing/ledger-world.ts'
import { createMemoryLedger } from '../../testing/memory-ledger.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { by, Voters } from '../../testing/voters.ts'
import { rootObjection } from './root-objection.ts'

const place = { city: 'Oslo', country: 'NO', latitude: 0, longitude: 0 }
const facts = { ...place, gateway: 'https://oslo.example', software: '1' }
const keyText = (name: string) => toBase64url(encodeCoseKey(namedSigner(name).key))
const request = (node: string, key: string, more: Partial<JoinRequest> = {}): JoinRequest => ({
  ...{ node, ...facts, peer: 'x', operatorKey: keyText(key), validatorKey: '', consensusKey: '' },
  ...more,
})

describe('the root ledger, asked about a node that would join a group', () => {
  let world: LedgerWorld
  before(async () => {
    world = await LedgerWorld.create()
    await new Voters(world).admit('bob')
    for (const member of ['admin', 'bob']) {
      const key = keyOf(`${member} node`)
      await world.done('operator-key-register', { key }, by(member))
      for (const id of [`${member}-1`, `${member}-gone`]) {
        await world.done('node-register', { id, ...facts, frameworks: [] }, by(member))
      }
      await world.done('node-retire', { id: `${member}-gone`, expect: 1 }, by(member))
    }
  })
  after(() => world.remove())

  it('has nothing against one of the member that invited, with a key of it', () => {
    const why = rootObjection(world.ledger, { ledger: world.ledger, member: 'admin' })
    assert.equal(why(request('admin-1', 'admin node')), undefined)
    assert.match(why(request('admin-gone', 'admin node')) ?? '', /no active node admin-gone/)
    assert.match(why(request('nowhere', 'admin node')) ?? '', /no active node nowhere/)
    for (const key of ['bob node', 'nobody']) {
      assert.match(why(request('admin-1', key)) ?? '', /none that admin registered/)
    }
    for (const operatorKey of ['!', '', 'AAAA']) {
      const wrong = request('admin-1', 'admin node', { operatorKey })
      assert.match(why(wrong) ?? '', /none that admin registered/)
    }
  })

  it('wants the word of the member whose node it is', async () => {
    const why = rootObjection(world.ledger, { ledger: world.ledger, member: 'admin' })
    assert.match(why(request('bob-1', 'bob node')) ?? '', /is a node of bob/)
    const act = async (iss: string) => {
      const claims = { iss, sub: 'bsn:alliance', aud: 'x', iat: 1, cti: utf8('x') }
      const input = { contentType: 'text/plain', claims, payload: utf8('x') }
      return toBase64url(await signStatement(input, namedSigner('any')))
    }
    const [own, other] = [await act('bob'), await act('admin')]
    assert.equal(why(request('bob-1', 'bob node', { acts: [own, own] })), undefined)
    const stranger = rootObjection(world.ledger, { ledger: createMemoryLedger(), member: 'admin' })
    const told = stranger(request('bob-1', 'bob node', { acts: [own, own] }))
    assert.equal(told, 'bob is no member of the group')
    for (const acts of [[own, other], [other], ['!'], [own.slice(4)]]) {
      assert.match(why(request('bob-1', 'bob node', { acts })) ?? '', /is a node of bob/)
    }
  })
})
