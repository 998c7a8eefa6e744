import type { Refusal } from '../../crypto/check-statement.ts'
import type { StateObject } from '../../ledger/state/state-view.ts'
import { type ServiceStatus, whyNotRunning } from '../../services/service-module.ts'
import type { Need, Scope } from './access.ts'
import type { StateObjects } from './state-objects.ts'

/** A credential as the state has it. */
export type Credential = {
  readonly id: string
  readonly object: StateObject
}

export type ApiKey = { readonly hash: Uint8Array; readonly hint: string; readonly until: number }

/** What a credential has that says nothing of scopes. */
const scopesByDefault: readonly unknown[] = ['records:write', 'records:read']

/** Functions of the framework `records` by scope. */
const functionsOf: Readonly<Record<Scope, readonly string[]>> = {
  'records:write': ['put'],
  'records:read': ['get', 'list', 'history'],
  'events:read': ['events'],
  'webhooks:write': ['events'],
}

export function readCredential(objects: StateObjects, id: string): Credential | undefined {
  const object = objects.get(`credential/${id}`)
  return object && { id, object }
}

export const serviceOf = ({ object }: Credential) => String(object.get('service'))

/** A limit of the credential; undefined where it has none. */
export function limitOf(
  { object }: Credential,
  name: 'perSecond' | 'writesPerDay',
): number | undefined {
  const limit = object.get(name)
  return typeof limit === 'number' ? limit : undefined
}

export function apiKeysOf({ object }: Credential): ApiKey[] {
  const list = object.get('apiKeys')
  if (!Array.isArray(list)) return []
  return list.flatMap((row) => {
    const [hash, hint, until] = Array.isArray(row) ? row : []
    if (!(hash instanceof Uint8Array)) return []
    const end = typeof until === 'number' ? until : Number.POSITIVE_INFINITY
    return { hash, hint: String(hint), until: end }
  })
}

/** Why a credential may not do something at this time; undefined where it may. */
export function whyNot(
  objects: StateObjects,
  credential: Credential,
  need: Pick<Need, 'service' | 'scope' | 'function'>,
  time: number,
): Refusal | undefined {
  return (
    whyInactive(credential, time) ??
    whyNotHere(objects, credential, need) ??
    whyNotFunction(objects, credential, need)
  )
}

function whyInactive({ object }: Credential, time: number): Refusal | undefined {
  const status = object.get('status')
  if (status === 'frozen') {
    return { code: 'CREDENTIAL_FROZEN', detail: 'The credential is frozen for now.' }
  }
  if (status !== 'active') {
    return { code: 'CREDENTIAL_REVOKED', detail: 'The credential was revoked: ask for a new one.' }
  }
  const expires = object.get('expires')
  if (typeof expires !== 'number' || time < expires) return undefined
  return { code: 'CREDENTIAL_EXPIRED', detail: 'The credential has expired: ask for a new one.' }
}

function whyNotHere(
  objects: StateObjects,
  credential: Credential,
  { service, scope }: Pick<Need, 'service' | 'scope'>,
): Refusal | undefined {
  // Before the service is looked up: whether it exists is nothing that a stranger learns here.
  if (serviceOf(credential) !== service) {
    const detail = 'The credential is of another service than the path.'
    return { code: 'CREDENTIAL_SERVICE_MISMATCH', detail }
  }
  const scopes = credential.object.get('scopes') ?? scopesByDefault
  if (!Array.isArray(scopes) || !scopes.includes(scope)) {
    return { code: 'SCOPE_MISSING', detail: `The credential does not have the scope ${scope}.` }
  }
  if (scope !== 'records:write') return undefined
  const status = objects.get(`service/${service}`)?.get('status') as ServiceStatus
  return whyNotRunning(service, { status })
}

/** A credential of a participant does what its role has, while it takes part. */
function whyNotFunction(
  objects: StateObjects,
  { object }: Credential,
  { service, scope, function: called }: Pick<Need, 'service' | 'scope' | 'function'>,
): Refusal | undefined {
  const participant = object.get('participant')
  if (participant === undefined) return undefined
  const joined = objects.get(`participant/${service}/${String(participant)}`)
  if (joined?.get('status') !== 'active') {
    const detail = 'The participant of this credential is not active in the service.'
    return { code: 'PARTICIPANT_INACTIVE', detail }
  }
  const roles = objects.get(`service/${service}`)?.get('roles')
  const rows = Array.isArray(roles) ? roles : []
  const row = rows.find((one) => Array.isArray(one) && one[0] === joined.get('role'))
  const allowed = Array.isArray(row) && Array.isArray(row[1]) ? row[1] : []
  const needed = called === undefined ? functionsOf[scope] : [called]
  const missing = needed.find((name) => !allowed.includes(name))
  if (missing === undefined) return undefined
  const detail = `The role ${String(joined.get('role'))} does not have the function ${missing}.`
  return { code: 'FUNCTION_NOT_ALLOWED', detail }
}
