import type { CborValue } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { isMember } from '../ledger/modules/alliance-objects.ts'
import { keyStateKey, readKey, registerKey, setRevoked, setUntil } from '../ledger/modules/keys.ts'
import {
  type Act,
  type ActHandler,
  checkFields,
  conflict,
  expectObject,
  idOf,
  kindOf,
  type Module,
  notAllowed,
  type RecordPolicy,
} from '../ledger/modules/module.ts'
import {
  changeObject,
  readObject,
  type State,
  type StateObject,
  writeObject,
} from '../ledger/state/state-view.ts'
import { encodeApiKeys, registerApiKeys } from './api-keys.ts'
import {
  type ApiKey,
  type CredentialStatus,
  credentialKey,
  credentialOf,
  defaultScopes,
  readCredential,
  scopes,
  whyNotInScope,
  whyNotUsable,
} from './credential-state.ts'
import { readService, whyNotRunning } from './service-module.ts'

/** Credentials: what an off-network system uses one service with. */

const idPattern = /^[a-z0-9][a-z0-9_-]{1,62}$/
/** Of keys and of API keys, each by itself. */
const keysMax = 8
const operatorsMax = 32
/** 90 days: long enough for the slowest roll-out, too short to forget. */
const overlapSecondsMax = 90 * 86_400

const invalid = (detail: string): Refusal => ({ code: 'ACT_INVALID', detail })

const needed = { id: 'text', service: 'text', label: 'text', keys: 'list' } as const
const optional = {
  apiKeys: 'list',
  scopes: 'list',
  operators: 'list',
  perSecond: 'number',
  writesPerDay: 'number',
  expires: 'number',
} as const

/** The publisher of a service lets somebody in: the credential may be used from now on. */
function create(act: Act, state: State): Refusal | undefined {
  const { payload, owner } = act
  const wrong = checkFields(payload, needed, optional)
  if (wrong) return wrong
  const [id, service] = [String(payload.get('id')), String(payload.get('service'))]
  if (!idPattern.test(id)) return invalid('id: 2 to 63 of a-z, 0-9, - and _.')
  const published = readService(state, service)
  if (!published) return { code: 'SERVICE_UNKNOWN', detail: `There is no service ${service}.` }
  if (published.publisher !== owner)
    return notAllowed(`Only its publisher lets others in ${service}.`)
  const stopped = whyNotRunning(service, published)
  if (stopped) return stopped
  if (state.get(credentialKey(id))) return conflict(`A credential ${id} exists already.`)
  const bounds = readBounds(act, state)
  if ('code' in bounds) return bounds
  const keys = registerAll(state, id, payload)
  if ('code' in keys) return keys
  const label = String(payload.get('label'))
  const fields = { service, label, ...stored(keys), ...bounds, status: 'active' }
  writeObject(state, credentialKey(id), fields)
  return undefined
}

/** What a new credential may do, and how much, as the state has it. */
function readBounds({ payload, time }: Act, state: State) {
  const granted = payload.get('scopes') ?? [...defaultScopes]
  if (!isSetOf(granted, (one) => (scopes as readonly unknown[]).includes(one)))
    return invalid(`scopes: one or more of ${scopes.join(', ')}, each once.`)
  const operators = payload.get('operators') ?? []
  const isOperator = (one: CborValue) => typeof one === 'string' && isMember(state, one)
  if (!isSetOf(operators, isOperator, 0) || operators.length > operatorsMax)
    return invalid(`operators: ids of at most ${operatorsMax} members, each once.`)
  for (const name of ['perSecond', 'writesPerDay']) {
    if (payload.get(name) === 0) return invalid(`${name}: 1 or more.`)
  }
  const expires = payload.get('expires')
  if (typeof expires === 'number' && expires <= time) return invalid('expires lies in the past.')
  const limits: Record<string, CborValue> = {}
  for (const name of ['perSecond', 'writesPerDay', 'expires']) {
    const value = payload.get(name)
    if (value !== undefined) limits[name] = value
  }
  return { scopes: granted, operators, ...limits }
}

function isSetOf(
  value: CborValue,
  isMemberOf: (one: CborValue) => boolean,
  least = 1,
): value is CborValue[] {
  return (
    Array.isArray(value) &&
    value.length >= least &&
    value.every(isMemberOf) &&
    new Set(value).size === value.length
  )
}

type Keys = { readonly keys: readonly string[]; readonly apiKeys: readonly ApiKey[] }

const stored = ({ keys, apiKeys }: Keys) => ({ keys: [...keys], apiKeys: encodeApiKeys(apiKeys) })

/** Registers the keys and API keys that an act brings for a credential: at least one. */
function registerAll(state: State, id: string, payload: Act['payload']): Keys | Refusal {
  const lists = [payload.get('keys') ?? [], payload.get('apiKeys') ?? []]
  const counts = lists.map((list) => (Array.isArray(list) ? list.length : 0))
  if (counts.every((count) => count === 0)) return invalid('keys, apiKeys: at least one key.')
  if (counts.some((count) => count > keysMax))
    return invalid(`keys, apiKeys: at most ${keysMax} each.`)
  const keys: string[] = []
  for (const coseKey of Array.isArray(lists[0]) ? lists[0] : []) {
    const kid = registerKey(state, credentialKey(id), coseKey)
    if (typeof kid !== 'string') return kid
    keys.push(kid)
  }
  const apiKeys = registerApiKeys(state, id, lists[1])
  return 'code' in apiKeys ? apiKeys : { keys, apiKeys }
}

/** The credential that an act of its publisher changes; every such act names `id` and `expect`. */
function ownCredential(
  { payload, owner }: Act,
  state: State,
  more: Parameters<typeof checkFields>[1] = {},
  optional: Parameters<typeof checkFields>[2] = {},
): StateObject | Refusal {
  const wrong = checkFields(payload, { id: 'text', expect: 'number', ...more }, optional)
  if (wrong) return wrong
  const id = String(payload.get('id'))
  const object = expectObject(state, credentialKey(id), payload.get('expect'))
  if (!(object instanceof Map)) return object
  const service = String(object.get('service'))
  if (readService(state, service)?.publisher !== owner) {
    return notAllowed(`Only the publisher of ${service} decides about its credentials.`)
  }
  if (object.get('status') === 'revoked') return conflict(`The credential ${id} is revoked.`)
  return object
}

/** The publisher stops a credential, for a while or for ever with its keys, or lets it go on. */
function moveTo(next: CredentialStatus): ActHandler {
  return (act, state) => {
    const own = ownCredential(act, state)
    if (!(own instanceof Map)) return own
    const id = String(act.payload.get('id'))
    if (own.get('status') === next) return conflict(`The credential ${id} is ${next}.`)
    if (next === 'revoked') revokeKeys(credentialOf(own).keys, state)
    changeObject(state, credentialKey(id), own, { status: next })
    return undefined
  }
}

function revokeKeys(kids: readonly string[], state: State): void {
  for (const kid of kids) {
    const key = readObject(state, keyStateKey(kid))
    if (key && key.get('revoked') !== true) setRevoked(state, kid, key)
  }
}

/**
 * New keys take the place of those that a credential has, and new API keys of its API keys; the old
 * ones still work until `until`, so that nobody has to stop. A time that is over ends them at once.
 */
function rotate(act: Act, state: State): Refusal | undefined {
  const { payload, time } = act
  const own = ownCredential(act, state, { keys: 'list', until: 'number' }, { apiKeys: 'list' })
  if (!(own instanceof Map)) return own
  const until = Math.max(time, Number(payload.get('until')))
  if (until > time + overlapSecondsMax) {
    return invalid(`until: at most ${overlapSecondsMax} s after the present block's time.`)
  }
  const id = String(payload.get('id'))
  const before = credentialOf(own)
  const added = registerAll(state, id, payload)
  if ('code' in added) return added
  const keys = [...keysLeft(before, added, { state, until, time }), ...added.keys]
  const ending = added.apiKeys.length > 0 ? until : Number.POSITIVE_INFINITY
  const apiKeys = before.apiKeys
    .map((one) => ({ ...one, until: Math.min(one.until, ending) }))
    .filter((one) => one.until > time)
    .concat(added.apiKeys)
  if (keys.length > keysMax || apiKeys.length > keysMax) {
    return conflict(`${id} would have too many keys; at most ${keysMax} of a kind at one time.`)
  }
  changeObject(state, credentialKey(id), own, stored({ keys, apiKeys }))
  return undefined
}

/** The keys that a credential had and that still work; they end where new ones replace them. */
function keysLeft(
  before: Keys,
  added: Keys,
  { state, until, time }: { state: State; until: number; time: number },
): string[] {
  if (added.keys.length > 0) for (const kid of before.keys) setUntil(state, kid, until)
  return before.keys.filter((kid) => (readKey(state, kid)?.until ?? 0) > time)
}

export const credentialsModule: Module = {
  name: 'bsn:credentials',
  versions: [
    {
      version: 1,
      acts: {
        'application/vnd.openbsn.credential-create+cbor': create,
        'application/vnd.openbsn.credential-rotate+cbor': rotate,
        'application/vnd.openbsn.credential-freeze+cbor': moveTo('frozen'),
        'application/vnd.openbsn.credential-unfreeze+cbor': moveTo('active'),
        'application/vnd.openbsn.credential-revoke+cbor': moveTo('revoked'),
      },
    },
  ],
}

/**
 * A credential writes to its own service, while neither is revoked, expired or stopped; by its own
 * key, or in a service of key-trust by a city node that it names.
 */
export const credentialPolicy: RecordPolicy = ({ state, owner, credential, service, time }) => {
  const published = readService(state, service)
  if (!published) return { code: 'SERVICE_UNKNOWN', detail: `There is no service ${service}.` }
  const isOperator = kindOf(owner) === 'operator'
  const id = isOperator ? credential : kindOf(owner) === 'credential' ? idOf(owner) : undefined
  const own = id === undefined ? undefined : readCredential(state, id)
  if (own?.service !== service) {
    return notAllowed(`This key writes for no credential of the service ${service}.`)
  }
  if (isOperator && published.keyMode !== 'key-trust') {
    return notAllowed(`City nodes sign nothing in ${service}: its writers keep their own keys.`)
  }
  if (isOperator && !own.operators.includes(idOf(owner))) {
    return notAllowed(`The credential does not name the operator ${idOf(owner)}.`)
  }
  return (
    whyNotRunning(service, published) ??
    whyNotUsable(own, time) ??
    whyNotInScope(own, 'records:write') ?? { until: own.expires }
  )
}
