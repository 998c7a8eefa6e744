import type { Refusal } from '../crypto/check-statement.ts'
import { allianceKey, memberKey } from '../ledger/modules/alliance-objects.ts'
import { registerKey } from '../ledger/modules/keys.ts'
import type { Act, Module } from '../ledger/modules/module.ts'
import { changeObject, readObject, type State, writeObject } from '../ledger/state/state-view.ts'

/** A module for tests of what takes several members: `{id, key}` makes one without a vote. */
export const membersModule: Module = {
  name: 'bsn:members',
  versions: [{ version: 1, acts: { 'application/vnd.openbsn.member-add+cbor': addMember } }],
}

function addMember({ payload }: Act, state: State): Refusal | undefined {
  const id = String(payload.get('id'))
  writeObject(state, memberKey(id), { name: id })
  const alliance = readObject(state, allianceKey) ?? new Map()
  const members = alliance.get('members')
  const list = Array.isArray(members) ? members : []
  changeObject(state, allianceKey, alliance, { members: [...list, id] })
  const kid = registerKey(state, memberKey(id), payload.get('key') ?? null)
  return typeof kid === 'string' ? undefined : kid
}
