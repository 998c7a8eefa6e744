import type { Act, Effect, Effects } from './act.ts'
import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import type { StateTrie } from './state-trie.ts'

const serviceName = /^[a-z0-9][a-z0-9-]{1,62}$/
const roleName = /^[a-z0-9][a-z0-9_-]{0,62}$/
const functionsOf: Readonly<Record<string, readonly Item[]>> = {
  records: ['put', 'get', 'list', 'history', 'events'],
  evm: ['call', 'send', 'events'],
  fabric: ['call', 'send', 'events'],
}
const rolesMax = 16
const nodesMax = 64

const changeable = {
  access: 'text',
  readers: 'text',
  functions: 'list',
  roles: 'list',
  nodes: 'list',
} as const

function serviceCreate({ payload, owner }: Act, state: StateTrie): void {
  const optional = { environment: 'text', keyMode: 'text', draft: 'flag', ...changeable } as const
  f.requireFields(payload, { id: 'text', framework: 'text' }, optional)
  const id = f.text(payload, 'id')
  if (!serviceName.test(id)) f.refuse(`${id} is no name of a service`)
  const framework = f.text(payload, 'framework')
  if (!Object.hasOwn(functionsOf, framework)) f.refuse('there is no such framework')
  const environment = f.existing(state, 'alliance').get('environment') ?? null
  if ((payload.get('environment') ?? environment) !== environment) f.refuse('wrong environment')
  const keyMode = payload.get('keyMode') ?? 'public-key-upload'
  if (keyMode !== 'key-trust' && keyMode !== 'public-key-upload') f.refuse('no such key mode')
  if (state.get(`service/${id}`)) f.refuse(`the service ${id} existed already`)
  const service: ItemMap = new Map<string, Item>([
    ['publisher', owner],
    ['framework', framework],
    ['environment', environment],
    ['keyMode', keyMode],
    ['access', 'invitation'],
    ['readers', 'anyone'],
    ['functions', functionsOf[framework] ?? []],
    ['roles', []],
    ['nodes', []],
    ['status', payload.get('draft') === true ? 'draft' : submitted(state)],
  ])
  f.writeObject(state, `service/${id}`, takeChanges(payload, service, state))
}

/** What a service becomes that is submitted. */
const submitted = (state: StateTrie) =>
  f.existing(state, 'alliance').get('serviceReview') === true ? 'review' : 'running'

function takeChanges(payload: ItemMap, service: ItemMap, state: StateTrie): ItemMap {
  const known = functionsOf[f.text(service, 'framework')] ?? []
  for (const [name, item] of payload) {
    if (typeof name !== 'string' || !Object.hasOwn(changeable, name)) continue
    if (!isRight({ name, item, known }, state)) f.refuse(`${name} is not as a service has it`)
    service.set(name, item)
  }
  return service
}

/** A field, and the functions that the framework of the service has. */
type Field = { readonly name: string; readonly item: Item; readonly known: readonly Item[] }

function isRight({ name, item, known }: Field, state: StateTrie): boolean {
  if (name === 'access') return item === 'open' || item === 'invitation'
  if (name === 'readers') return item === 'anyone' || item === 'credentials'
  if (name === 'functions') return areFunctions(item, known)
  if (!Array.isArray(item)) return false
  if (name === 'nodes') {
    const isActive = (id: Item) => f.readObject(state, `node/${id}`)?.get('status') === 'active'
    return item.length <= nodesMax && isOnce(item) && item.every(isActive)
  }
  const roles = item.map((pair) => (Array.isArray(pair) && pair.length === 2 ? pair : []))
  return (
    roles.length <= rolesMax &&
    isOnce(roles.map(([role = null]) => role)) &&
    roles.every(([role, functions]) => {
      return typeof role === 'string' && roleName.test(role) && areFunctions(functions, known)
    })
  )
}

const isOnce = (items: readonly Item[]) => new Set(items).size === items.length

function areFunctions(item: Item | undefined, known: readonly Item[]): boolean {
  if (!Array.isArray(item) || item.length === 0 || !isOnce(item)) return false
  return item.every((one) => known.includes(one))
}

type By = 'publisher' | 'reviewer'

function serviceOf({ payload, owner }: Act, state: StateTrie, by: By): ItemMap {
  const id = f.text(payload, 'id')
  const object = f.existing(state, `service/${id}`, payload.get('expect'))
  const members = f.list(f.existing(state, 'alliance'), 'members')
  const publisher = f.text(object, 'publisher')
  const mayDecide =
    by === 'publisher'
      ? f.decidesFor(owner, publisher)
      : mayReview(publisher, owner, members.length)
  if (!mayDecide) f.refuse(`${owner} does not decide on ${id}`)
  return object
}

/** A member does, and not the one that published, or whose city node did, unless it is alone. */
function mayReview(publisher: string, owner: string, members: number): boolean {
  const [kind, id] = owner.split('/')
  if (kind !== 'member') return false
  return members === 1 || publisher.split('/')[1] !== id
}

const serviceMove =
  (by: By, from: readonly Item[], next: (state: StateTrie) => string): Effect =>
  (act, state) => {
    f.requireFields(act.payload, { id: 'text', expect: 'number' })
    const service = serviceOf(act, state, by)
    const id = f.text(act.payload, 'id')
    if (!from.includes(service.get('status') ?? null)) f.refuse(`${id} cannot become that`)
    if (service.has('frozenFrom') && next(state) === 'running') f.refuse(`${id} is frozen by vote`)
    f.writeObject(state, `service/${id}`, service.set('status', next(state)))
  }

function serviceUpdate(act: Act, state: StateTrie): void {
  f.requireFields(act.payload, { id: 'text', expect: 'number' }, changeable)
  const service = serviceOf(act, state, 'publisher')
  const status = service.get('status')
  if (status === 'review' || status === 'retired') f.refuse(`it stays as it is in ${status}`)
  const id = f.text(act.payload, 'id')
  f.writeObject(state, `service/${id}`, takeChanges(act.payload, service, state))
}

/** A service that is running. @throws NOT_ALLOWED */
export function runningService(state: StateTrie, id: string): ItemMap {
  const service = f.existing(state, `service/${id}`)
  if (service.get('status') !== 'running') f.refuse(`the service ${id} was not running`)
  return service
}

/** A service whose chain goes on, though nobody may write to it where it is frozen. */
export function standingService(state: StateTrie, id: string): ItemMap {
  const service = f.existing(state, `service/${id}`)
  const standing: readonly unknown[] = ['running', 'frozen']
  if (!standing.includes(service.get('status'))) f.refuse(`the service ${id} had no chain by then`)
  return service
}

/** What may be called in a service; in a role, where one is given. */
export function functionsIn(service: ItemMap, role: Item | undefined): readonly Item[] {
  const functions = f.list(service, 'functions')
  if (role === undefined) return functions
  const pairs = f.list(service, 'roles')
  const [, ofRole] =
    pairs.map((pair) => (Array.isArray(pair) ? pair : [])).find(([name]) => name === role) ?? []
  return functions.filter((one) => Array.isArray(ofRole) && ofRole.includes(one))
}

const to = (status: string) => () => status

export const serviceEffects: Effects = {
  'service-create': serviceCreate,
  'service-update': serviceUpdate,
  'service-submit': serviceMove('publisher', ['draft'], submitted),
  'service-approve': serviceMove('reviewer', ['review'], to('running')),
  'service-reject': serviceMove('reviewer', ['review'], to('draft')),
  'service-freeze': serviceMove('publisher', ['running'], to('frozen')),
  'service-unfreeze': serviceMove('publisher', ['frozen'], to('running')),
  'service-retire': serviceMove(
    'publisher',
    ['draft', 'review', 'running', 'frozen'],
    to('retired'),
  ),
}
