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
import { readObject, type State, writeObject } from '../ledger/state/state-view.ts'
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
type Fields = Record<string, CborValue>

/** What an act of the publisher changes: the credential's fields without their version. */
function ownCredential(
  { payload, owner }: Act,
  state: State,
): { readonly id: string; readonly fields: Fields } | Refusal {
  const id = String(payload.get('id'))
  const object = expectObject(state, credentialKey(id), payload.get('expect'))
  if (!(object instanceof Map)) return object
  const { version: _, ...fields } = Object.fromEntries(object)
  if (readService(state, String(fields.service))?.publisher !== owner) {
    return notAllowed(`Only the publisher of ${fields.service} decides about its credentials.`)
  }
  if (fields.status === 'revoked') return conflict(`The credential ${id} is revoked.`)
  return { id, fields }
}

function kidsOf({ keys }: Fields): string[] {
  assert(Array.isArray(keys), 'a credential has keys')
  return keys.map(String)
}

/** The publisher takes a credential back, with all its keys, for ever. */
function revoke(act: Act, state: State): Refusal | undefined {
  const wrong = checkFields(act.payload, { id: 'text', expect: 'number' })
  if (wrong) return wrong
  const own = ownCredential(act, state)
  if (!('fields' in own)) return own
  for (const kid of kidsOf(own.fields)) {
    const key = readObject(state, keyStateKey(kid))
    if (key && key.get('revoked') !== true) setRevoked(state, kid, key)
  }
  writeObject(state, credentialKey(own.id), { ...own.fields, status: 'revoked' })
  return undefined
}

/** The publisher stops a credential for a while, or lets it go on. */
function moveTo(next: CredentialStatus): ActHandler {
  return (act, state) => {
    const wrong = checkFields(act.payload, { id: 'text', expect: 'number' })
    if (wrong) return wrong
    const own = ownCredential(act, state)
    if (!('fields' in own)) return own
    if (own.fields.status === next) return conflict(`The credential ${own.id} is ${next}.`)
    writeObject(state, credentialKey(own.id), { ...own.fields, status: next })
    return undefined
  }
}

/**
 * New keys take the place of those that a credential has, which still work until `until`, so that
 * nobody who writes has to stop. A time that is over ends them at once.
 */
function rotate(act: Act, state: State): Refusal | undefined {
  const { payload, time } = act
  const fields = { id: 'text', expect: 'number', keys: 'list', until: 'number' } as const
  const wrong = checkFields(payload, fields)
  if (wrong) return wrong
  const own = ownCredential(act, state)
  if (!('fields' in own)) return own
  const until = Math.max(time, Number(payload.get('until')))
  if (until > time + overlapSecondsMax) {
    const detail = `until: at most ${overlapSecondsMax} s after the present block's time.`
    return { code: 'ACT_INVALID', detail }
  }
  const before = kidsOf(own.fields)
  for (const kid of before) setUntil(state, kid, until)
  const added = registerKeys(state, credentialKey(own.id), payload.get('keys') ?? null)
  if (!Array.isArray(added)) return added
  const live = before.filter((kid) => (readKey(state, kid)?.until ?? 0) > time)
  const keys = [...live, ...added]
  if (keys.length > keysMax) {
    return conflict(`${own.id} would have ${keys.length} keys; at most ${keysMax} at one time.`)
  }
  writeObject(state, credentialKey(own.id), { ...own.fields, keys })
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
        'application/vnd.openbsn.credential-revoke+cbor': revoke,
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
