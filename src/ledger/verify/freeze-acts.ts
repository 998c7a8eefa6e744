import type { Effect, Voted } from './act.ts'
import type { ItemMap } from './cbor.ts'
import * as f from './fields.ts'

const change =
  (kind: string, next: (object: ItemMap) => ItemMap | undefined): Effect =>
  ({ payload }, state) => {
    f.requireFields(payload, { id: 'text' }, { expect: 'number' })
    const key = `${kind}/${f.text(payload, 'id')}`
    const after = next(f.existing(state, key, payload.get('expect')))
    f.writeObject(state, key, after ?? f.refuseAs('ACT_CONFLICT', `${key} stays as it is`))
  }

/** Freezing by vote, and going on, for objects that end with a status. */
export function freezeVotes(kind: string, end: string): Voted {
  const freeze = change(kind, (object) => {
    const status = object.get('status') ?? null
    if (status === end || object.has('frozenFrom')) return undefined
    return object.set('status', 'frozen').set('frozenFrom', status)
  })
  const unfreeze = change(kind, (object) => {
    const before = object.get('frozenFrom')
    if (before === undefined || object.get('status') !== 'frozen') return undefined
    object.delete('frozenFrom')
    return object.set('status', before)
  })
  return {
    [`${kind}-freeze`]: { kind: 'freeze', effect: freeze },
    [`${kind}-unfreeze`]: { kind: 'freeze', effect: unfreeze },
  }
}
