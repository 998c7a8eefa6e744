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
  invalid,
  isSetOf,
  kindOf,
  type Module,
  notAllowed,
  type RecordPolicy,
  speaksFor,
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
  readCredential,
  whyNotActive,
  whyNotCallable,
  whyNotInScope,
  whyNotUsable,
} from './credential-state.ts'
import { freezeByVote, unfreezeByVote } from './freeze-by-vote.ts'
import { functionsFor, readParticipant } from './participant-state.ts'
import { defaultScopes, type Scope, scopes, scopesFor } from './scopes.ts'
import { readService, type Service, whyNotRunning } from './service-state.ts'

/** Credentials: what an off-network system uses one service with. */

const idPattern = /^[a-z0-9][a-z0-9_-]{1,62}$/
/** Of keys and of API keys, each by itself. */
const keysMax = 8
const operatorsMax = 32
/** 90 days: long enough for the slowest roll-out, too short to forget. */
const overlapSecondsMax = 90 * 86_400

const needed = { id: 'text', service: 'text', label: 'text', keys: 'list' } as const
const optional = {
  apiKeys: 'list',
  scopes: 'list',
  operators: 'list',
  participant: 'text',
  perSecond: 'number',
  writesPerDay: 'number',
  expires: 'number',
} as const

/** The publisher of a service lets somebody in, or an active participant its own systems. */
function create(act: Act, state: State): Refusal | undefined {
  const { payload } = act
  const wrong = checkFields(payload, needed, optional)
  if (wrong) return wrong
  const [id, service] = [String(payload.get('id')), String(payload.get('service'))]
  if (!idPattern.test(id)) return invalid('id: 2 to 63 of a-z, 0-9, - and _.')
  const published = readService(state, service)
  if (!published) return { code: 'SERVICE_UNKNOWN', detail: `There is no service ${service}.` }
  const functions = functionsOf(act, service, published, state)
  if (!Array.isArray(functions)) return functions as Refusal
  const stopped = whyNotRunning(service, published)
  if (stopped) return stopped
  if (state.get(credentialKey(id))) return conflict(`A credential ${id} exists already.`)
  const bounds = readBounds(act, scopesFor(functions), state)
  if ('code' in bounds) return bounds
  const keys = registerAll(state, id, payload)
  if ('code' in keys) return keys
  const label = String(payload.get('label'))
  const fields = { service, label, ...stored(keys), ...bounds, status: 'active' }
  writeObject(state, credentialKey(id), fields)
  return undefined
}

/** What whoever makes a credential may call itself: all of a service, or what its role has. */
function functionsOf(
  { payload, owner }: Act,
  id: string,
  service: Service,
  state: State,
): readonly string[] | Refusal {
  const name = payload.get('participant')
  if (name === undefined) {
    if (speaksFor(owner, service.publisher)) return service.functions
    return notAllowed(`Only its publisher, and participants for themselves, let others in ${id}.`)
  }
  const participant = readParticipant(state, id, String(name))
  if (!participant || !speaksFor(owner, participant.owner)) {
    return notAllowed(`${owner} is not the participant ${name}.`)
  }
  return participant.status === 'active'
    ? functionsFor(service, participant)
    : whyNotActive(participant.status)
}

/** What a new credential may do, and how much, as the state has it. */
function readBounds({ payload, time }: Act, allowed: ReadonlySet<Scope>, state: State) {
  const isScope = (one: CborValue) => allowed.has(one as Scope)
  const usual = defaultScopes.filter((scope) => allowed.has(scope))
  const granted = payload.get('scopes') ?? usual
  if (!isSetOf(granted, isScope, { most: scopes.length })) {
    return invalid(`scopes: one or more of ${[...allowed].join(', ')}, each once.`)
  }
  const operators = payload.get('operators') ?? []
  const isOperator = (one: CborValue) => typeof one === 'string' && isMember(state, one)
  if (!isSetOf(operators, isOperator, { least: 0, most: operatorsMax })) {
    return invalid(`operators: ids of at most ${operatorsMax} members, each once.`)
  }
  for (const name of ['perSecond', 'writesPerDay']) {
    if (payload.get(name) === 0) return invalid(`${name}: 1 or more.`)
  }
  const expires = payload.get('expires')
  if (typeof expires === 'number' && expires <= time) return invalid('expires lies in the past.')
  const given: Record<string, CborValue> = {}
  for (const name of ['participant', 'perSecond', 'writesPerDay', 'expires']) {
    const value = payload.get(name)
    if (value !== undefined) given[name] = value
  }
  return { scopes: [...granted], operators: [...operators], ...given }
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

/** Who decides about a credential: the publisher, or the participant that has it. */
type Decider = 'publisher' | 'holder' | 'either'

/** The credential that an act changes; every such act names `id` and `expect`. */
function ownCredential(
  { payload, owner }: Act,
  state: State,
  decider: Decider,
  [more, optional]: readonly Parameters<typeof checkFields>[1][] = [],
): StateObject | Refusal {
  const wrong = checkFields(payload, { id: 'text', expect: 'number', ...more }, optional)
  if (wrong) return wrong
  const id = String(payload.get('id'))
  const object = expectObject(state, credentialKey(id), payload.get('expect'))
  if (!(object instanceof Map)) return object
  const { service, participant, status } = credentialOf(object)
  const publisher = readService(state, service)?.publisher ?? ''
  const holder =
    participant === undefined ? undefined : readParticipant(state, service, participant)
  const holding = participant === undefined ? publisher : (holder?.owner ?? '')
  const deciders = { publisher: [publisher], holder: [holding], either: [publisher, holding] }
  const isOwner = deciders[decider].some((one) => speaksFor(owner, one))
  if (!isOwner) return notAllowed(`${owner} does not decide that about the credential ${id}.`)
  if (status === 'revoked') return conflict(`The credential ${id} is revoked.`)
  const isGone = decider === 'holder' && holder !== undefined && holder.status !== 'active'
  return isGone ? whyNotActive(holder.status) : object
}

/**
 * The publisher stops a credential for a while, or lets it go on; for ever, with its keys, whoever
 * holds it may, too.
 */
function moveTo(next: CredentialStatus): ActHandler {
  return (act, state) => {
    const own = ownCredential(act, state, next === 'revoked' ? 'either' : 'publisher')
    if (!(own instanceof Map)) return own
    const id = String(act.payload.get('id'))
    if (own.get('status') === next) return conflict(`The credential ${id} is ${next}.`)
    if (own.has('frozenFrom') && next === 'active') {
      return notAllowed(`The members froze ${id} by vote, and decide when it goes on.`)
    }
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
  const fields = [{ keys: 'list', until: 'number' }, { apiKeys: 'list' }] as const
  const own = ownCredential(act, state, 'holder', fields)
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

const byId = { keyOf: credentialKey, end: 'revoked' }

export const credentialsModule: Module = {
  name: 'bsn:credentials',
  signers: ['member', 'operator', 'participant'],
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
      voted: {
        'application/vnd.openbsn.credential-freeze+cbor': freezeByVote(byId),
        'application/vnd.openbsn.credential-unfreeze+cbor': unfreezeByVote(byId),
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
  const refusal =
    whyNotRunning(service, published) ??
    whyNotUsable(own, time) ??
    whyNotCallable(state, own, published, ['put']) ??
    whyNotInScope(own, 'records:write')
  if (refusal || id === undefined) return refusal ?? notAllowed('No credential writes.')
  const { expires: until, writesPerDay: perDay } = own
  return perDay === undefined ? { until } : { until, quota: { credential: id, perDay } }
}
