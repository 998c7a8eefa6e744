import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import { reasonOf } from './finding.ts'
import { kidOf, readKey } from './public-key.ts'
import type { StateTrie } from './state-trie.ts'

/** A control statement in the replay. */
export type Act = {
  readonly payload: ItemMap
  /** Owner of the key that signed, such as `member/admin`. */
  readonly owner: string
  /** That key, in hex. */
  readonly kid: string
  readonly height: number
  readonly index: number
  readonly time: number
}

/** What an accepted act does to the state. @throws NOT_ALLOWED where it should have been refused */
type Effect = (act: Act, state: StateTrie) => void

/** A set that is decided in block H signs from block H + 2 on. */
const validatorDelay = 2
const powerMax = 2 ** 31
const credentialKeysMax = 8
const overlapSecondsMax = 90 * 86_400
const serviceName = /^[a-z0-9][a-z0-9-]{1,62}$/
const credentialName = /^[a-z0-9][a-z0-9_-]{1,62}$/

/** Registers a key for its owner and returns its id in hex. */
export function registerKey(state: StateTrie, owner: string, coseKey: Item | undefined): string {
  if (!Buffer.isBuffer(coseKey)) return f.refuse('a key is bytes')
  readable(coseKey)
  const kid = kidOf(coseKey).toString('hex')
  if (state.get(`key/${kid}`)) f.refuse(`the key ${kid} was registered already`)
  const fields: ItemMap = new Map<string, Item>([
    ['owner', owner],
    ['key', coseKey],
    ['revoked', false],
  ])
  f.writeObject(state, `key/${kid}`, fields)
  return kid
}

function readable(coseKey: Buffer): void {
  try {
    readKey(coseKey)
  } catch (error) {
    f.refuse(`a key is not usable: ${reasonOf(error)}`)
  }
}

function revokeKey(state: StateTrie, kid: string): void {
  f.writeObject(state, `key/${kid}`, f.existing(state, `key/${kid}`).set('revoked', true))
}

/** Checks a set of validators, as genesis and acts have it. */
export function requireValidators(set: Item | undefined): void {
  const pairs = Array.isArray(set) ? set : []
  const kids = pairs.map((pair) => {
    const [key, power, ...rest] = Array.isArray(pair) ? pair : []
    if (!Buffer.isBuffer(key) || rest.length > 0) return f.refuse('a validator is [key, power]')
    if (typeof power !== 'number' || power < 1 || power > powerMax) f.refuse('a power is too much')
    readable(key)
    return kidOf(key).toString('hex')
  })
  if (kids.length === 0) f.refuse('a set of validators is empty')
  if (new Set(kids).size !== kids.length) f.refuse('a validator is there twice')
}

function keyRegister({ payload, owner }: Act, state: StateTrie): void {
  f.requireFields(payload, { owner: 'text', key: 'bytes' })
  if (payload.get('owner') !== owner) f.refuse('a member registers keys for itself alone')
  registerKey(state, owner, payload.get('key'))
}

function keyRevoke({ payload, owner, kid }: Act, state: StateTrie): void {
  f.requireFields(payload, { kid: 'bytes', expect: 'number' })
  const revoked = f.bytes(payload, 'kid').toString('hex')
  const object = f.existing(state, `key/${revoked}`, payload.get('expect'))
  if (object.get('owner') !== owner) f.refuse('only its owner revokes a key')
  if (object.get('revoked') === true) f.refuse('the key was revoked already')
  if (revoked === kid) f.refuse('a key cannot revoke itself')
  revokeKey(state, revoked)
}

function validatorsUpdate({ payload, height, index }: Act, state: StateTrie): void {
  f.requireFields(payload, { expect: 'number', validators: 'list' })
  const object = f.existing(state, 'validators', payload.get('expect'))
  requireValidators(payload.get('validators'))
  const from = height + validatorDelay
  const sets = f.list(object, 'sets').filter((step) => heightOf(step) !== from)
  const holds = sets.findLast((step) => heightOf(step) <= height)
  const coming = sets.filter((step) => heightOf(step) > height)
  const next = [from, payload.get('validators') ?? null]
  const fields: ItemMap = new Map<string, Item>([
    ['sets', [...(holds === undefined ? [] : [holds]), ...coming, next]],
    ['changes', [...f.list(object, 'changes'), index]],
  ])
  f.writeObject(state, 'validators', fields)
}

const heightOf = (step: Item) => (Array.isArray(step) ? Number(step[0]) : Number.NaN)

function serviceCreate({ payload, owner }: Act, state: StateTrie): void {
  f.requireFields(payload, { id: 'text', framework: 'text' })
  const id = f.text(payload, 'id')
  if (!serviceName.test(id)) f.refuse(`${id} is no name of a service`)
  if (payload.get('framework') !== 'records') f.refuse('there is no such framework')
  if (state.get(`service/${id}`)) f.refuse(`the service ${id} existed already`)
  const fields: ItemMap = new Map<string, Item>([
    ['publisher', owner],
    ['framework', 'records'],
    ['status', 'running'],
  ])
  f.writeObject(state, `service/${id}`, fields)
}

function credentialCreate({ payload, owner, time }: Act, state: StateTrie): void {
  const needed = { id: 'text', service: 'text', label: 'text', keys: 'list' } as const
  f.requireFields(payload, needed, { expires: 'number' })
  const [id, service] = [f.text(payload, 'id'), f.text(payload, 'service')]
  if (!credentialName.test(id)) f.refuse(`${id} is no name of a credential`)
  requirePublisher(state, service, owner)
  if (f.existing(state, `service/${service}`).get('status') !== 'running') {
    f.refuse(`the service ${service} was not running`)
  }
  if (state.get(`credential/${id}`)) f.refuse(`the credential ${id} existed already`)
  const expires = payload.get('expires')
  if (typeof expires === 'number' && expires <= time) f.refuse('it had expired when it was made')
  const coseKeys = f.list(payload, 'keys')
  if (coseKeys.length < 1 || coseKeys.length > credentialKeysMax) f.refuse('too many or few keys')
  const keys = coseKeys.map((key) => registerKey(state, `credential/${id}`, key))
  const fields: ItemMap = new Map<string, Item>([
    ['service', service],
    ['label', f.text(payload, 'label')],
    ['keys', keys],
    ['status', 'active'],
  ])
  if (expires !== undefined) fields.set('expires', expires)
  f.writeObject(state, `credential/${id}`, fields)
}

function ownCredential(
  { payload, owner }: Act,
  state: StateTrie,
  more: Parameters<typeof f.requireFields>[1] = {},
): ItemMap {
  f.requireFields(payload, { id: 'text', expect: 'number', ...more })
  const key = `credential/${f.text(payload, 'id')}`
  const object = f.existing(state, key, payload.get('expect'))
  requirePublisher(state, f.text(object, 'service'), owner)
  if (object.get('status') === 'revoked') f.refuse('the credential was revoked already')
  return object
}

const credentialMove =
  (status: string): Effect =>
  (act, state) => {
    const object = ownCredential(act, state)
    if (object.get('status') === status) f.refuse(`the credential was ${status} already`)
    for (const kid of status === 'revoked' ? f.list(object, 'keys') : []) {
      if (f.existing(state, `key/${kid}`).get('revoked') !== true) revokeKey(state, String(kid))
    }
    f.writeObject(state, `credential/${f.text(act.payload, 'id')}`, object.set('status', status))
  }

function credentialRotate(act: Act, state: StateTrie): void {
  const { payload, time } = act
  const object = ownCredential(act, state, { keys: 'list', until: 'number' })
  const until = Math.max(time, Number(payload.get('until')))
  if (until > time + overlapSecondsMax) f.refuse('old keys end too late')
  const owner = `credential/${f.text(payload, 'id')}`
  const live = f.list(object, 'keys').filter((kid) => endKey(state, String(kid), until) > time)
  const coseKeys = f.list(payload, 'keys')
  if (coseKeys.length < 1) f.refuse('a rotation brings a key')
  const added = coseKeys.map((key) => registerKey(state, owner, key))
  if (live.length + added.length > credentialKeysMax) f.refuse('too many keys at one time')
  f.writeObject(state, owner, object.set('keys', [...live, ...added]))
}

/** Ends a key at a time, where it has no earlier end; returns its end. */
function endKey(state: StateTrie, kid: string, until: number): number {
  const key = f.existing(state, `key/${kid}`)
  const before = Number(key.get('until') ?? Number.POSITIVE_INFINITY)
  if (before <= until) return before
  f.writeObject(state, `key/${kid}`, key.set('until', until))
  return until
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

function requirePublisher(state: StateTrie, service: string, owner: string): void {
  const publisher = f.existing(state, `service/${service}`).get('publisher')
  if (publisher !== owner) f.refuse(`only its publisher decides about the service ${service}`)
}

const type = (name: string) => `application/vnd.openbsn.${name}+cbor`

/** Every act there is, by module and content type. */
export const effects: Readonly<Record<string, Readonly<Record<string, Effect>>>> = {
  'bsn:keys': { [type('key-register')]: keyRegister, [type('key-revoke')]: keyRevoke },
  'bsn:validators': { [type('validators-update')]: validatorsUpdate },
  'bsn:services': {
    [type('service-create')]: serviceCreate,
    [type('service-freeze')]: serviceMove('frozen', ['running']),
    [type('service-unfreeze')]: serviceMove('running', ['frozen']),
    [type('service-retire')]: serviceMove('retired', ['running', 'frozen']),
  },
  'bsn:credentials': {
    [type('credential-create')]: credentialCreate,
    [type('credential-rotate')]: credentialRotate,
    [type('credential-freeze')]: credentialMove('frozen'),
    [type('credential-unfreeze')]: credentialMove('active'),
    [type('credential-revoke')]: credentialMove('revoked'),
  },
}
