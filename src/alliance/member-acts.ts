import type { Refusal } from '../crypto/check-statement.ts'
import {
  allianceKey,
  memberKey,
  readAlliance,
  readMember,
} from '../ledger/modules/alliance-objects.ts'
import { registerKey } from '../ledger/modules/keys.ts'
import {
  type Act,
  checkFields,
  conflict,
  expectObject,
  invalid,
  namePattern,
} from '../ledger/modules/module.ts'
import {
  changeObject,
  readObject,
  type State,
  type StateObject,
  writeObject,
} from '../ledger/state/state-view.ts'

/** Members: how they come, change and go. All of it is decided by vote, or by who is alone. */

/** So that sums of power times the parts of a share stay far below 2^53. */
const powerMax = 1_000_000
const membersMax = 100

const isPower = (value: unknown) => Number(value) >= 1 && Number(value) <= powerMax
const powerRule = `power: a whole number from 1 to ${powerMax}.`

/** A new member with its first key. Its id is its own for ever. */
export function admitMember({ payload }: Act, state: State): Refusal | undefined {
  const fields = { id: 'text', name: 'text', power: 'number', key: 'bytes' } as const
  const wrong = checkFields(payload, fields)
  if (wrong) return wrong
  const [id, power] = [String(payload.get('id')), Number(payload.get('power'))]
  if (!namePattern.test(id)) return invalid('id: 2 to 63 of a-z, 0-9 and -.')
  if (!isPower(power)) return invalid(powerRule)
  if (state.get(memberKey(id))) return conflict(`${id} is a member, or was one.`)
  const { members } = readAlliance(state)
  if (members.length >= membersMax) return conflict(`${membersMax} members are the most.`)
  const name = String(payload.get('name'))
  writeObject(state, memberKey(id), { name, power, status: 'active' })
  const kid = registerKey(state, memberKey(id), payload.get('key') ?? null)
  if (typeof kid !== 'string') return kid
  setMembers(state, [...members, id])
  return undefined
}

function setMembers(state: State, members: string[]): void {
  changeObject(state, allianceKey, readObject(state, allianceKey) ?? new Map(), { members })
}

/** The active member that an act is about. */
function activeMember(
  { payload }: Act,
  state: State,
  more: Parameters<typeof checkFields>[1] = {},
): StateObject | Refusal {
  const wrong = checkFields(payload, { id: 'text', expect: 'number', ...more })
  if (wrong) return wrong
  const id = String(payload.get('id'))
  const object = expectObject(state, memberKey(id), payload.get('expect'))
  if (!(object instanceof Map)) return object
  if (object.get('status') === 'removed') return conflict(`${id} was removed.`)
  return object
}

/** The member's keys, and those of its city nodes, end with it. */
export function removeMember(act: Act, state: State): Refusal | undefined {
  const object = activeMember(act, state)
  if (!(object instanceof Map)) return object
  const id = String(act.payload.get('id'))
  const { members } = readAlliance(state)
  if (members.length === 1) return conflict(`${id} is the last member, and stays.`)
  changeObject(state, memberKey(id), object, { status: 'removed' })
  setMembers(
    state,
    members.filter((one) => one !== id),
  )
  return undefined
}

/** Gives a member another weight in votes. */
export function setPower(act: Act, state: State): Refusal | undefined {
  const object = activeMember(act, state, { power: 'number' })
  if (!(object instanceof Map)) return object
  const power = Number(act.payload.get('power'))
  if (!isPower(power)) return invalid(powerRule)
  changeObject(state, memberKey(String(act.payload.get('id'))), object, { power })
  return undefined
}

/** One new key in place of all that a member has, which end at once. */
export function replaceKey(act: Act, state: State): Refusal | undefined {
  const object = activeMember(act, state, { key: 'bytes' })
  if (!(object instanceof Map)) return object
  const id = String(act.payload.get('id'))
  const keysSince = (readMember(state, id)?.keysSince ?? 0) + 1
  changeObject(state, memberKey(id), object, { keysSince })
  const kid = registerKey(state, memberKey(id), act.payload.get('key') ?? null)
  return typeof kid === 'string' ? undefined : kid
}
