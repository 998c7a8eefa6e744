import assert from 'node:assert/strict'
import { it } from 'node:test'
import { actRights, isActName, mayGive, rightNames, roles, rolesWith } from './rights.ts'

it('an auditor reads and does nothing; an owner may all', () => {
  const ofAuditors = rightNames.filter((right) => rolesWith(right).includes('auditor'))
  assert.deepEqual(ofAuditors, ['organisation-read'])
  assert.ok(rightNames.every((right) => rolesWith(right).includes('owner')))
})

it('no act of a member of the alliance is among those of organisations', () => {
  assert.ok(!Object.keys(actRights).some((name) => /^(alliance|key|group|operator)/.test(name)))
  for (const name of ['service-approve', 'alliance-vote', 'key-register', 'toString']) {
    assert.equal(isActName(name), false, name)
  }
})

it('nobody makes anybody more than it is itself', () => {
  const givers = roles.map((own) => roles.filter((given) => mayGive(own, given)).length)
  assert.deepEqual(givers, [4, 3, 0, 0])
})
