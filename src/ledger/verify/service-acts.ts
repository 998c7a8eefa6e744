import type { Act, Effect, Effects } from './act.ts'
import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import type { StateTrie } from './state-trie.ts'

const serviceName = /^[a-z0-9][a-z0-9-]{1,62}$/

function serviceCreate({ payload, owner }: Act, state: StateTrie): void {
  f.requireFields(payload, { id: 'text', framework: 'text' }, { keyMode: 'text' })
  const id = f.text(payload, 'id')
  if (!serviceName.test(id)) f.refuse(`${id} is no name of a service`)
  if (payload.get('framework') !== 'records') f.refuse('there is no such framework')
  const keyMode = payload.get('keyMode') ?? 'public-key-upload'
  if (keyMode !== 'key-trust' && keyMode !== 'public-key-upload') f.refuse('no such key mode')
  if (state.get(`service/${id}`)) f.refuse(`the service ${id} existed already`)
  const fields: ItemMap = new Map<string, Item>([
    ['publisher', owner],
    ['framework', 'records'],
    ['keyMode', keyMode],
    ['status', 'running'],
  ])
  f.writeObject(state, `service/${id}`, fields)
}

const serviceMove =
  (next: string, from: readonly Item[]): Effect =>
  ({ payload, owner }, state) => {
    f.requireFields(payload, { id: 'text', expect: 'number' })
    const id = f.text(payload, 'id')
    const object = f.existing(state, `service/${id}`, payload.get('expect'))
    if (object.get('publisher') !== owner) f.refuse(`only its publisher moves ${id} on`)
    if (!from.includes(object.get('status') ?? null)) f.refuse(`${id} cannot become ${next}`)
    f.writeObject(state, `service/${id}`, object.set('status', next))
  }

/** @throws NOT_ALLOWED where the service is not there or somebody else's */
export function requirePublisher(state: StateTrie, service: string, owner: string): void {
  const publisher = f.existing(state, `service/${service}`).get('publisher')
  if (publisher !== owner) f.refuse(`only its publisher decides about the service ${service}`)
}

export const serviceEffects: Effects = {
  'service-create': serviceCreate,
  'service-freeze': serviceMove('frozen', ['running']),
  'service-unfreeze': serviceMove('running', ['frozen']),
  'service-retire': serviceMove('retired', ['running', 'frozen']),
}
