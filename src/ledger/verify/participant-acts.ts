import type { Act, Effect, Effects } from './act.ts'
import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import { registerKey } from './key-acts.ts'
import { runningService } from './service-acts.ts'
import type { StateTrie } from './state-trie.ts'

const participantName = /^[a-z0-9][a-z0-9_-]{1,62}$/

function requireRole(service: ItemMap, role: Item | undefined): void {
  const roles = f.list(service, 'roles')
  const isRole = roles.some((pair) => Array.isArray(pair) && pair[0] === role)
  if (!isRole) f.refuse(`there is no role ${role}`)
}

function put(state: StateTrie, key: string, fields: [string, Item][]): void {
  if (state.get(key)) f.refuse(`${key} existed already`)
  f.writeObject(state, key, new Map<string, Item>(fields))
}

function invite({ payload, owner }: Act, state: StateTrie): void {
  f.requireFields(payload, { service: 'text', id: 'text', role: 'text', key: 'bytes' })
  const [name, id] = [f.text(payload, 'service'), f.text(payload, 'id')]
  const service = runningService(state, name)
  const role = f.text(payload, 'role')
  requireRole(service, role)
  if (!f.decidesFor(owner, service.get('publisher'))) f.refuse('only the publisher invites')
  if (!participantName.test(id)) f.refuse(`${id} is no name of a participant`)
  const key = `participant/${name}/${id}`
  put(state, key, [
    ['role', role],
    ['owner', key],
    ['status', 'invited'],
  ])
  registerKey(state, key, payload.get('key'))
}

function apply({ payload, owner }: Act, state: StateTrie): void {
  f.requireFields(payload, { service: 'text', role: 'text' })
  const [name, role] = [f.text(payload, 'service'), f.text(payload, 'role')]
  const service = runningService(state, name)
  requireRole(service, role)
  const [kind, member] = owner.split('/')
  if (kind === 'participant') f.refuse('only members apply')
  put(state, `participant/${name}/${member}`, [
    ['role', role],
    ['owner', owner],
    ['status', service.get('access') === 'open' ? 'active' : 'applied'],
  ])
}

const move =
  (by: 'publisher' | 'participant', from: readonly Item[], next: string): Effect =>
  ({ payload, owner }, state) => {
    f.requireFields(payload, { service: 'text', id: 'text', expect: 'number' })
    const name = f.text(payload, 'service')
    const key = `participant/${name}/${f.text(payload, 'id')}`
    const object = f.existing(state, key, payload.get('expect'))
    const service = f.existing(state, `service/${name}`)
    const mover = by === 'publisher' ? service.get('publisher') : object.get('owner')
    if (!f.decidesFor(owner, mover)) f.refuse(`only the ${by} does that to ${key}`)
    if (!from.includes(object.get('status') ?? null)) f.refuse(`${key} cannot become ${next}`)
    if (next === 'active') runningService(state, name)
    f.writeObject(state, key, object.set('status', next))
  }

export const participantEffects: Effects = {
  'participant-invite': invite,
  'participant-apply': apply,
  'participant-join': move('participant', ['invited', 'left'], 'active'),
  'participant-approve': move('publisher', ['applied', 'rejected', 'removed'], 'active'),
  'participant-reject': move('publisher', ['applied'], 'rejected'),
  'participant-leave': move('participant', ['invited', 'active'], 'left'),
  'participant-remove': move('publisher', ['invited', 'active', 'left'], 'removed'),
}
