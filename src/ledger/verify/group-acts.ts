import type { Act, Effect } from './act.ts'
import type { Item } from './cbor.ts'
import * as f from './fields.ts'
import type { StateTrie } from './state-trie.ts'

const name = /^[a-z0-9][a-z0-9-]{1,62}$/
const ledgerId = /^bsn1[0-9a-f]{40}$/
const groupsOfNodeMax = 64

/** A group's ledger gets its name. */
export function groupRegister({ payload }: Act, state: StateTrie): void {
  f.requireFields(payload, { id: 'text', ledger: 'text' })
  const [id, ledger] = [f.text(payload, 'id'), f.text(payload, 'ledger')]
  if (!name.test(id)) f.refuseAs('ACT_INVALID', `${id} is no name of a group`)
  if (!ledgerId.test(ledger)) f.refuseAs('ACT_INVALID', `${ledger} is no id of a ledger`)
  const key = `group/${id}`
  if (state.get(key)) f.refuseAs('ACT_CONFLICT', `the group ${id} existed already`)
  const group = new Map<string, Item>([
    ['ledger', ledger],
    ['status', 'active'],
  ])
  f.writeObject(state, key, group)
}

/** A group goes; the members need not say at which version. */
export const groupRetire =
  (isVoted: boolean): Effect =>
  ({ payload }, state) => {
    const expect = { expect: 'number' } as const
    f.requireFields(payload, { id: 'text', ...(isVoted ? {} : expect) }, isVoted ? expect : {})
    const key = `group/${f.text(payload, 'id')}`
    const group = f.existing(state, key, payload.get('expect'))
    if (group.get('status') !== 'active') f.refuseAs('ACT_CONFLICT', `${key} was retired`)
    f.writeObject(state, key, group.set('status', 'retired'))
  }

/** A node keeps only groups that are listed. */
export function requireGroups(item: Item, state: StateTrie): void {
  const names = Array.isArray(item) ? item : f.refuse('no list of groups')
  if (names.length > groupsOfNodeMax || new Set(names).size < names.length) {
    f.refuse('too many groups, or one twice')
  }
  for (const one of names) {
    if (typeof one !== 'string' || !name.test(one)) f.refuse('no name of a group')
    if (f.readObject(state, `group/${one}`)?.get('status') !== 'active') {
      f.refuse(`the group ${one} was not listed`)
    }
  }
}
