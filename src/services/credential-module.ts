import type { CborValue } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { assert } from '../kernel/assert.ts'
import { keyStateKey, readKey, registerKey, setRevoked, setUntil } from '../ledger/modules/keys.ts'
import {
  type Act,
  type ActHandler,
  checkFields,
  conflict,
  expectObject,
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
import { readService, whyNotRunning } from './service-module.ts'

/** Credentials: what an off-network system writes to one service with. */

export const credentialKey = (id: string) => `credential/${id}`

const idPattern = /^[a-z0-9][a-z0-9_-]{1,62}$/
const keysMax = 8
/** 90 days: long enough for the slowest roll-out, too short to forget. */
const overlapSecondsMax = 90 * 86_400

/** The publisher of a service lets somebody in: the credential's keys may write from now on. */
function create(act: Act, state: State): Refusal | undefined {
  const { payload, owner } = act
  const fields = { id: 'text', service: 'text', label: 'text', keys: 'list' } as const
  const wrong = checkFields(payload, fields, { expires: 'number' })
  if (wrong) return wrong
  const [id, service] = [String(payload.get('id')), String(payload.get('service'))]
  if (!idPattern.test(id)) {
    return { code: 'ACT_INVALID', detail: 'id: 2 to 63 of a-z, 0-9, - and _.' }
  }
  const published = readService(state, service)
  if (!published) return { code: 'SERVICE_UNKNOWN', detail: `There is no service ${service}.` }
  if (published.publisher !== owner)
    return notAllowed(`Only its publisher lets others in ${service}.`)
  const stopped = whyNotRunning(service, published)
  if (stopped) return stopped
  if (state.get(credentialKey(id))) return conflict(`A credential ${id} exists already.`)
  const expires = payload.get('expires')
  if (typeof expires === 'number' && expires <= act.time) {
    return { code: 'ACT_INVALID', detail: 'expires lies in the past.' }
  }
  const keys = registerKeys(state, credentialKey(id), payload.get('keys') ?? null)
  if (!Array.isArray(keys)) return keys
  const label = String(payload.get('label'))
  const until = expires === undefined ? {} : { expires }
  writeObject(state, credentialKey(id), { service, label, keys, status: 'active', ...until })
  return undefined
}

function registerKeys(state: State, owner: string, list: CborValue): CborValue[] | Refusal {
  if (!Array.isArray(list) || list.length < 1 || list.length > keysMax) {
    return { code: 'ACT_INVALID', detail: `keys: 1 to ${keysMax} COSE keys.` }
  }
  const kids: CborValue[] = []
  for (const coseKey of list) {
    const kid = registerKey(state, owner, coseKey)
    if (typeof kid !== 'string') return kid
    kids.push(kid)
  }
  return kids
}

type CredentialStatus = 'active' | 'frozen' | 'revoked'

/** The credential that an act of its publisher changes; every such act names `id` and `expect`. */
function ownCredential(
  { payload, owner }: Act,
  state: State,
  more: Parameters<typeof checkFields>[1] = {},
): StateObject | Refusal {
  const wrong = checkFields(payload, { id: 'text', expect: 'number', ...more })
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

function kidsOf(credential: StateObject): string[] {
  const keys = credential.get('keys')
  assert(Array.isArray(keys), 'a credential has keys')
  return keys.map(String)
}

/** The publisher stops a credential, for a while or for ever with its keys, or lets it go on. */
function moveTo(next: CredentialStatus): ActHandler {
  return (act, state) => {
    const own = ownCredential(act, state)
    if (!(own instanceof Map)) return own
    const id = String(act.payload.get('id'))
    if (own.get('status') === next) return conflict(`The credential ${id} is ${next}.`)
    if (next === 'revoked') revokeKeys(kidsOf(own), state)
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
 * New keys take the place of those that a credential has, which still work until `until`, so that
 * nobody who writes has to stop. A time that is over ends them at once.
 */
function rotate(act: Act, state: State): Refusal | undefined {
  const { payload, time } = act
  const own = ownCredential(act, state, { keys: 'list', until: 'number' })
  if (!(own instanceof Map)) return own
  const until = Math.max(time, Number(payload.get('until')))
  if (until > time + overlapSecondsMax) {
    const detail = `until: at most ${overlapSecondsMax} s after the present block's time.`
    return { code: 'ACT_INVALID', detail }
  }
  const key = credentialKey(String(payload.get('id')))
  const before = kidsOf(own)
  for (const kid of before) setUntil(state, kid, until)
  const added = registerKeys(state, key, payload.get('keys') ?? null)
  if (!Array.isArray(added)) return added
  const live = before.filter((kid) => (readKey(state, kid)?.until ?? 0) > time)
  const keys = [...live, ...added]
  if (keys.length > keysMax) {
    return conflict(`${key} would have ${keys.length} keys; at most ${keysMax} at one time.`)
  }
  changeObject(state, key, own, { keys })
  return undefined
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

/** A credential writes to its own service, while neither is revoked, expired or stopped. */
export const credentialPolicy: RecordPolicy = ({ state, owner, service, time }) => {
  const published = readService(state, service)
  if (!published) return { code: 'SERVICE_UNKNOWN', detail: `There is no service ${service}.` }
  const credential = owner.startsWith('credential/') ? readObject(state, owner) : undefined
  if (credential?.get('service') !== service) {
    return notAllowed(`This key is of no credential of the service ${service}.`)
  }
  const stopped = whyNotRunning(service, published)
  if (stopped) return stopped
  const status = credential.get('status')
  if (status === 'revoked') {
    return { code: 'CREDENTIAL_REVOKED', detail: 'The credential was revoked: ask for a new one.' }
  }
  if (status === 'frozen') {
    return { code: 'CREDENTIAL_FROZEN', detail: 'The credential is frozen for now.' }
  }
  const expires = credential.get('expires')
  const until = typeof expires === 'number' ? expires : Number.POSITIVE_INFINITY
  if (time < until) return { until }
  return { code: 'CREDENTIAL_EXPIRED', detail: 'The credential has expired: ask for a new one.' }
}
