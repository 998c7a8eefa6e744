import type { AuthorityFields } from '../../crypto/check-messages.ts'
import type { Refusal } from '../../crypto/check-statement.ts'
import { keyStateKey } from '../../ledger/modules/keys.ts'
import { idOf, kindOf, notAllowed } from '../../ledger/modules/module.ts'
import type { StateObject } from '../../ledger/state/state-view.ts'
import {
  type Credential,
  credentialKey,
  credentialOf,
  whyNotCallable,
  whyNotInScope,
  whyNotUsable,
} from '../../services/credential-state.ts'
import type { Scope } from '../../services/scopes.ts'
import { type Service, serviceKey, serviceOf, whyNotRunning } from '../../services/service-state.ts'
import type { Need } from './access.ts'
import type { StateObjects } from './state-objects.ts'

/** A credential that a request names. */
export type Named = Credential & { readonly id: string }

/** Functions of the framework `records` by scope. */
const functionsOf: Readonly<Record<Scope, readonly string[]>> = {
  'records:write': ['put'],
  'records:read': ['get', 'list', 'history'],
  'events:read': ['events'],
  'webhooks:write': ['events'],
  'log:read': [],
}

// An object is taken apart once for as long as the state has it.
const credentials = new WeakMap<StateObject, Named>()
const services = new WeakMap<StateObject, Service>()

/** The credential with that id; undefined where there is none. */
export function namedCredential(objects: StateObjects, id: string): Named | undefined {
  const object = objects.get(credentialKey(id))
  if (!object) return undefined
  const named = credentials.get(object) ?? { ...credentialOf(object), id }
  credentials.set(object, named)
  return named
}

/** The credential whose key signed a statement, or for which an operator did, if any. */
export function signingCredential(
  objects: StateObjects,
  { kid, credential: named }: AuthorityFields,
): Named | undefined {
  const owner = objects.get(keyStateKey(kid))?.get('owner')
  if (typeof owner !== 'string') return undefined
  const id = kindOf(owner) === 'credential' ? idOf(owner) : named
  return id === undefined ? undefined : namedCredential(objects, id)
}

/** The service of that name; undefined where there is none. */
export function namedService(objects: StateObjects, id: string): Service | undefined {
  const object = objects.get(serviceKey(id))
  if (!object) return undefined
  const service = services.get(object) ?? serviceOf(object)
  services.set(object, service)
  return service
}

/** Why a credential may not do something at this time; undefined where it may. */
export function whyNot(
  objects: StateObjects,
  credential: Named,
  { served, service: name, scope, function: called }: Need,
  time: number,
): Refusal | undefined {
  const unusable = whyNotUsable(credential, time)
  if (unusable) return unusable
  // Before the service is looked up: whether it exists is nothing that a stranger learns here.
  if (credential.service !== name) {
    const detail = 'The credential is of another service than the path.'
    return { code: 'CREDENTIAL_SERVICE_MISMATCH', detail }
  }
  const notHere = whyNotHere(credential, served.operatedBy)
  if (notHere) return notHere
  const service = namedService(objects, name)
  if (!service) return { code: 'SERVICE_UNKNOWN', detail: `There is no service ${name}.` }
  const stopped = scope === 'records:write' ? whyNotRunning(name, service) : undefined
  const refusal = whyNotInScope(credential, scope) ?? stopped
  if (refusal) return refusal
  const functions = called === undefined ? functionsOf[scope] : [called]
  return whyNotCallable(objects.reader, credential, service, functions)
}

/** One that names operators is served by their gateways alone; others ask whom they like. */
function whyNotHere({ operators }: Credential, own: string | undefined): Refusal | undefined {
  if (own === undefined || operators.length === 0 || operators.includes(own)) return undefined
  return notAllowed(`The credential does not name the operator ${own} of this gateway.`)
}
