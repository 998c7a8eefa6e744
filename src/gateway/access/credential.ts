import type { Refusal } from '../../crypto/check-statement.ts'
import type { StateObject } from '../../ledger/state/state-view.ts'
import {
  type Credential,
  credentialKey,
  credentialOf,
  type Scope,
  whyNotInScope,
  whyNotUsable,
} from '../../services/credential-state.ts'
import { type ServiceStatus, whyNotRunning } from '../../services/service-module.ts'
import type { Need } from './access.ts'
import type { StateObjects } from './state-objects.ts'

/** A credential that a request names. */
export type Named = Credential & { readonly id: string; readonly participant: string | undefined }

/** Functions of the framework `records` by scope. */
const functionsOf: Readonly<Record<Scope, readonly string[]>> = {
  'records:write': ['put'],
  'records:read': ['get', 'list', 'history'],
  'events:read': ['events'],
  'webhooks:write': ['events'],
}

/** An object is read once for as long as the state has it. */
const read = new WeakMap<StateObject, Named>()

/** The credential with that id; undefined where there is none. */
export function namedCredential(objects: StateObjects, id: string): Named | undefined {
  const object = objects.get(credentialKey(id))
  if (!object) return undefined
  const known = read.get(object)
  if (known) return known
  const participant = object.get('participant')
  const named = {
    ...credentialOf(object),
    id,
    participant: participant === undefined ? undefined : String(participant),
  }
  read.set(object, named)
  return named
}

/** Why a credential may not do something at this time; undefined where it may. */
export function whyNot(
  objects: StateObjects,
  credential: Named,
  need: Pick<Need, 'service' | 'scope' | 'function'>,
  time: number,
): Refusal | undefined {
  return (
    whyNotUsable(credential, time) ??
    whyNotHere(objects, credential, need) ??
    whyNotFunction(objects, credential, need)
  )
}

function whyNotHere(
  objects: StateObjects,
  credential: Named,
  { service, scope }: Pick<Need, 'service' | 'scope'>,
): Refusal | undefined {
  // Before the service is looked up: whether it exists is nothing that a stranger learns here.
  if (credential.service !== service) {
    const detail = 'The credential is of another service than the path.'
    return { code: 'CREDENTIAL_SERVICE_MISMATCH', detail }
  }
  const missing = whyNotInScope(credential, scope)
  if (missing || scope !== 'records:write') return missing
  const status = objects.get(`service/${service}`)?.get('status') as ServiceStatus
  return whyNotRunning(service, { status })
}

/** A credential of a participant does what its role has, while it takes part. */
function whyNotFunction(
  objects: StateObjects,
  { participant }: Named,
  { service, scope, function: called }: Pick<Need, 'service' | 'scope' | 'function'>,
): Refusal | undefined {
  if (participant === undefined) return undefined
  const joined = objects.get(`participant/${service}/${participant}`)
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
