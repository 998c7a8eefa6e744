import type { CborValue } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { assert } from '../kernel/assert.ts'
import { keyStateKey, registerKey, setRevoked } from '../ledger/modules/keys.ts'
import {
  type Act,
  checkFields,
  conflict,
  expectObject,
  type Module,
  notAllowed,
  type RecordPolicy,
} from '../ledger/modules/module.ts'
import { readObject, type State, writeObject } from '../ledger/state/state-view.ts'
import { readService } from './service-module.ts'

/** Credentials: what an off-network system writes to one service with. */

export const credentialKey = (id: string) => `credential/${id}`

const idPattern = /^[a-z0-9][a-z0-9_-]{1,62}$/
const keysMax = 8

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
  if (state.get(credentialKey(id))) return conflict(`A credential ${id} exists already.`)
  const expires = payload.get('expires')
  if (typeof expires === 'number' && expires <= act.time) {
    return { code: 'ACT_INVALID', detail: 'expires lies in the past.' }
  }
  const keys = registerKeys(state, credentialKey(id), payload.get('keys') ?? null)
  if (!Array.isArray(keys)) return keys
  const label = String(payload.get('label'))
  const until = expires === undefined ? {} : { expires }
  writeObject(state, credentialKey(id), { service, label, keys, revoked: false, ...until })
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

/** The publisher takes a credential back, with all its keys, for ever. */
function revoke(act: Act, state: State): Refusal | undefined {
  const { payload, owner } = act
  const wrong = checkFields(payload, { id: 'text', expect: 'number' })
  if (wrong) return wrong
  const id = String(payload.get('id'))
  const object = expectObject(state, credentialKey(id), payload.get('expect'))
  if (!(object instanceof Map)) return object
  const service = String(object.get('service'))
  if (readService(state, service)?.publisher !== owner) {
    return notAllowed(`Only the publisher of ${service} revokes its credentials.`)
  }
  if (object.get('revoked') === true) return conflict(`The credential ${id} is revoked already.`)
  const keys = object.get('keys')
  assert(Array.isArray(keys), 'a credential has keys')
  for (const kid of keys) {
    const key = readObject(state, keyStateKey(String(kid)))
    if (key && key.get('revoked') !== true) setRevoked(state, String(kid), key)
  }
  const { version: _, ...fields } = Object.fromEntries(object)
  writeObject(state, credentialKey(id), { ...fields, revoked: true })
  return undefined
}

export const credentialsModule: Module = {
  name: 'bsn:credentials',
  versions: [
    {
      version: 1,
      acts: {
        'application/vnd.openbsn.credential-create+cbor': create,
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
  if (!published.isRunning) return notAllowed(`The service ${service} is not running.`)
  if (credential.get('revoked') === true) {
    return { code: 'CREDENTIAL_REVOKED', detail: 'The credential was revoked: ask for a new one.' }
  }
  const expires = credential.get('expires')
  const until = typeof expires === 'number' ? expires : Number.POSITIVE_INFINITY
  if (time < until) return { until }
  return { code: 'CREDENTIAL_EXPIRED', detail: 'The credential has expired: ask for a new one.' }
}
