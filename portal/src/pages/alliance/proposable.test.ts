import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type AllianceObject,
  algorithmByName,
  controlAct,
  createSigner,
  encodeCoseKey,
  type MemberObject,
  toBase64url,
} from '@openbsn/sdk'
import type { AllianceNow, Proposable } from './act-form.ts'
import { changedObject } from './changed-object.ts'
import { type ProposableKind, proposable, titleOf } from './proposable.ts'

const algorithm = algorithmByName('EdDSA')
assert.ok(algorithm)
const key = encodeCoseKey(createSigner(algorithm, new Uint8Array(32)).key)

const alliance: AllianceObject = {
  ...{ members: ['admin', 'bob'], serviceReview: false, stopped: false, software: [], version: 6 },
  ...{ quorum: [1, 2], threshold: [2, 3], deadlineMin: 3600, deadlineMax: 2_592_000 },
  locks: { members: 86_400, freeze: 0 },
}
const member = (id: string, status = 'active'): MemberObject => ({
  ...{ id, name: id, power: 2, status, version: 3 },
})
const now: AllianceNow = {
  alliance,
  members: [member('admin'), member('bob'), member('old', 'removed')],
  nodes: [{ id: 'node-2', status: 'active', version: 1 }],
  validators: new Map(),
  roots: new Map(),
  read: async () => undefined,
}

/** The act of a form that was filled in so, over what its fields hold at first. */
async function actOf(kind: ProposableKind, typed: Readonly<Record<string, string>> = {}) {
  const { fields, act }: Proposable = proposable[kind]
  const first = fields(now).map(({ name, initial = '' }) => [name, initial])
  return await act({ ...Object.fromEntries(first), ...typed }, now)
}

describe('what is put to the vote', () => {
  it('is the act of the form, with the version that is known here', async () => {
    const admitted = { id: 'eve', name: 'Eve & Co', power: 1, key }
    const typed = { id: ' eve ', name: 'Eve & Co', key: toBase64url(key) }
    assert.deepEqual(await actOf('admit', typed), controlAct('alliance-admit', admitted))
    const bob = { id: 'bob', expect: 3 }
    assert.deepEqual(await actOf('remove'), controlAct('alliance-remove', bob))
    const power = controlAct('alliance-power', { ...bob, power: 7 })
    assert.deepEqual(await actOf('power', { power: '7' }), power)
    const replaced = controlAct('alliance-replace-key', { ...bob, key })
    assert.deepEqual(await actOf('replace-key', { key: toBase64url(key) }), replaced)
    const { fields }: Proposable = proposable.remove
    assert.deepEqual(fields(now)[0]?.options, ['admin', 'bob'])
  })

  it('names of rules what changes, and is nothing where nothing does', async () => {
    assert.equal(await actOf('rules'), undefined)
    assert.equal(await actOf('policy', { serviceReview: 'no' }), undefined)
    const review = controlAct('alliance-policy', { expect: 6, serviceReview: true })
    assert.deepEqual(await actOf('policy'), review)
    const changed = { threshold: '3/4', 'lock-members': '3600' }
    const rules = { expect: 6, threshold: [3, 4], locks: [['members', 3600]] } as const
    assert.deepEqual(await actOf('rules', changed), controlAct('alliance-rules', rules))
  })

  it('is about one object by its id', async () => {
    const byId = (act: string, module: string, id: string) => ({
      ...{ act, module, payload: new Map([['id', id]]) },
    })
    const freeze = await actOf('freeze', { object: 'service/notes' })
    assert.deepEqual(freeze, byId('service-freeze', 'bsn:services', 'notes'))
    const credential = await actOf('unfreeze', { object: 'credential/cred_1' })
    assert.deepEqual(credential, byId('credential-unfreeze', 'bsn:credentials', 'cred_1'))
    const account = await actOf('freeze', { object: `account/coin/0x${'aB'.repeat(20)}` })
    assert.equal(account?.module, 'bsn:accounts')
    assert.deepEqual(account?.payload.get('address'), new Uint8Array(20).fill(0xab))
    const node = await actOf('retire-node')
    assert.deepEqual(node, byId('node-retire', 'bsn:alliance', 'node-2'))
    const group = await actOf('retire-group', { id: 'north' })
    assert.deepEqual(group, byId('group-retire', 'bsn:alliance', 'north'))
    const ledger = `bsn1${'0'.repeat(40)}`
    const registered = controlAct('group-register', { id: 'north', ledger })
    assert.deepEqual(await actOf('group', { id: 'north', ledger }), registered)
    assert.deepEqual(await actOf('stop'), controlAct('alliance-stop', {}))
    assert.deepEqual(await actOf('resume'), controlAct('alliance-resume', {}))
    const typed = { software: '0.2.0', from: '900', modules: 'bsn:services=2, bsn:keys=3' }
    const modules = [
      ['bsn:services', 2],
      ['bsn:keys', 3],
    ] as const
    const software = controlAct('alliance-software', { software: '0.2.0', from: 900, modules })
    assert.deepEqual(await actOf('software', typed), software)
  })
})

describe('what is looked at before', () => {
  it('has a title, and says what would be different of members and rules', async () => {
    assert.equal(titleOf('admit', { id: 'eve' }), 'admit eve')
    assert.equal(titleOf('stop', {}), 'stop')
    const changed = async (kind: ProposableKind, typed: Readonly<Record<string, string>> = {}) => {
      const act = await actOf(kind, typed)
      return act && changedObject(kind, act, now)
    }
    const bob = { key: 'member/bob', before: member('bob') }
    assert.deepEqual(await changed('remove'), { ...bob, after: member('bob', 'removed') })
    assert.deepEqual((await changed('power', { power: '9' }))?.after, {
      ...member('bob'),
      power: 9,
    })
    const eve = { id: 'eve', name: 'Eve', power: '1', key: toBase64url(key) }
    assert.deepEqual(await changed('admit', eve), {
      ...{ key: 'member/eve', before: null },
      after: { id: 'eve', name: 'Eve', power: 1, status: 'active' },
    })
    const rules = (await changed('rules', { 'lock-freeze': '60' }))?.after as Record<
      string,
      unknown
    >
    assert.deepEqual(rules.locks, [
      ['members', 86_400],
      ['freeze', 60],
    ])
    assert.equal(rules.deadlineMin, 3600)
    assert.equal(await changed('software', { software: '0.2.0', from: '9' }), undefined)
  })
})
