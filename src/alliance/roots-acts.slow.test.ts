import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CborValue } from '@openbsn/sdk'
import { keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { carried, Voters } from '../testing/voters.ts'
import { readRoots } from './roots-state.ts'

const node = (id: string) => ({
  ...{ id, city: 'Roma', country: 'IT', latitude: 1, longitude: 2, software: 'x' },
  ...{ gateway: `https://${id}.example.org`, frameworks: ['records'] },
})
const root = (byte: number, length = 300) => new Uint8Array(length).fill(byte)

describe('the roots of the alliance', () => {
  let world: LedgerWorld
  const set = async (payload: Record<string, CborValue>, how = {}) => {
    const good = { expect: 0, issuer: 'roma', roots: [root(1)] }
    return resultOf(
      await world.submitOne(await world.act('alliance-roots', { ...good, ...payload }, how)),
    )
  }
  before(async () => {
    world = await LedgerWorld.create()
    for (const id of ['roma', 'gone']) await world.done('node-register', node(id))
    await world.done('node-retire', { id: 'gone', expect: 1 })
    await world.done('operator-key-register', { key: keyOf('operator') })
  })
  after(() => world.remove())

  it('have a form, and an issuer that is there', async () => {
    assert.equal(readRoots(world.ledger), undefined)
    const many = [1, 2, 3, 4, 5].map((byte) => root(byte))
    const lists = [[], many, [root(1), root(1)], [root(1, 2049)], [root(1, 0)], ['text']]
    for (const roots of lists) assert.equal(await set({ roots }), 'ACT_INVALID')
    for (const issuer of ['gone', 'nobody']) {
      assert.equal(await set({ issuer }), 'OBJECT_NOT_FOUND', issuer)
    }
    assert.equal(await set({ expect: 1 }), 'VERSION_STALE')
  })

  it('are set by a member that is alone, and not by its operator', async () => {
    assert.equal(await set({}, { signer: namedSigner('operator') }), 'NOT_ALLOWED')
    assert.equal(await set({}), 'appended')
    assert.equal(await set({}), 'VERSION_STALE')
    assert.equal(await set({ expect: 1, roots: [root(2), root(1)] }), 'appended')
    const expected = { issuer: 'roma', roots: [root(2), root(1)], version: 2 }
    assert.deepEqual(readRoots(world.ledger), expected)
  })

  it('are voted on by several members', async () => {
    const voters = new Voters(world)
    await voters.admit('bob')
    assert.equal(await set({ expect: 2, roots: [root(3)] }), 'NOT_ALLOWED')
    const act = carried('alliance-roots', { expect: 2, issuer: 'roma', roots: [root(3)] })
    await voters.decide('roots', [act], ['admin', 'bob'])
    assert.deepEqual(readRoots(world.ledger)?.roots, [root(3)])
  })
})
