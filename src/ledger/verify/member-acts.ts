import type { Act, Effect } from './act.ts'
import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import { registerKey } from './key-acts.ts'
import type { StateTrie } from './state-trie.ts'

const memberName = /^[a-z0-9][a-z0-9-]{1,62}$/
const powerMost = 1_000_000
const membersMost = 100

/** Ids of those who are members. */
export const membersIn = (state: StateTrie) => f.texts(f.existing(state, 'alliance'), 'members')

/** An act of the only member; several vote. */
export const alone =
  (effect: Effect): Effect =>
  (act, state, voted) => {
    if (!act.owner.startsWith('member/')) f.refuse('only a member does that')
    if (membersIn(state).length !== 1) f.refuse('several members vote on that')
    effect(act, state, voted)
  }

function putMembers(state: StateTrie, members: Item): void {
  f.writeObject(state, 'alliance', f.existing(state, 'alliance').set('members', members))
}

function powerIn(payload: ItemMap): number {
  const power = Number(payload.get('power'))
  if (power < 1 || power > powerMost) f.refuseAs('ACT_INVALID', `${power} is no power`)
  return power
}

export function admit({ payload }: Act, state: StateTrie): void {
  f.requireFields(payload, { id: 'text', name: 'text', power: 'number', key: 'bytes' })
  const id = f.text(payload, 'id')
  if (!memberName.test(id)) f.refuseAs('ACT_INVALID', `${id} is no name of a member`)
  const power = powerIn(payload)
  if (state.get(`member/${id}`)) f.refuseAs('ACT_CONFLICT', `${id} was a member before`)
  const members = membersIn(state)
  if (members.length >= membersMost) f.refuseAs('ACT_CONFLICT', 'there are too many members')
  const member: ItemMap = new Map<string, Item>([
    ['name', f.text(payload, 'name')],
    ['power', power],
    ['status', 'active'],
  ])
  f.writeObject(state, `member/${id}`, member)
  registerKey(state, `member/${id}`, payload.get('key'))
  putMembers(state, [...members, id])
}

/** Key and object of the active member that an act is about. */
function active(
  { payload }: Act,
  state: StateTrie,
  more: Parameters<typeof f.requireFields>[1] = {},
): { readonly key: string; readonly member: ItemMap } {
  f.requireFields(payload, { id: 'text', expect: 'number', ...more })
  const key = `member/${f.text(payload, 'id')}`
  const member = f.existing(state, key, payload.get('expect'))
  if (member.get('status') === 'removed') f.refuseAs('ACT_CONFLICT', `${key} was removed`)
  return { key, member }
}

export function remove(act: Act, state: StateTrie): void {
  const { key, member } = active(act, state)
  const members = membersIn(state)
  if (members.length < 2) f.refuseAs('ACT_CONFLICT', 'the last member stays')
  f.writeObject(state, key, member.set('status', 'removed'))
  putMembers(
    state,
    members.filter((id) => `member/${id}` !== key),
  )
}

export function power(act: Act, state: StateTrie): void {
  const { key, member } = active(act, state, { power: 'number' })
  f.writeObject(state, key, member.set('power', powerIn(act.payload)))
}

export function replaceKey(act: Act, state: StateTrie): void {
  const { key, member } = active(act, state, { key: 'bytes' })
  f.writeObject(state, key, member.set('keysSince', Number(member.get('keysSince') ?? 0) + 1))
  registerKey(state, key, act.payload.get('key'))
}
