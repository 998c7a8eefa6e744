import { type CborValue, toHex } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { assert } from '../kernel/assert.ts'
import { notAllowed } from '../ledger/modules/module.ts'
import { readObject, type StateObject, type StateReader } from '../ledger/state/state-view.ts'

import { functionsFor, readParticipant } from './participant-state.ts'
import type { Scope } from './scopes.ts'
import type { Service } from './service-state.ts'

/** Credentials as the state has them: for the rules here, and for gateways. */

export const credentialKey = (id: string) => `credential/${id}`
export const apiKeyKey = (sha256: Uint8Array) => `apikey/${toHex(sha256)}`

export type CredentialStatus = 'active' | 'frozen' | 'revoked'

/** The ledger knows an API key by its hash alone. */
export type ApiKey = {
  readonly sha256: Uint8Array
  /** Enough of the key for people to tell it from others. */
  readonly hint: string
  /** Block time, exclusive; infinity where nothing ends it. */
  readonly until: number
}

export type Credential = {
  readonly service: string
  readonly label: string
  /** Thumbprints of its own keys, in hex. */
  readonly keys: readonly string[]
  readonly apiKeys: readonly ApiKey[]
  readonly scopes: readonly Scope[]
  /** Members whose city nodes serve it and write in its name; any serves where none is named. */
  readonly operators: readonly string[]
  /** The participant that it belongs to; the publisher's own where there is none. */
  readonly participant?: string
  readonly perSecond?: number
  readonly writesPerDay?: number
  /** Block time, exclusive; infinity where nothing ends it. */
  readonly expires: number
  readonly status: CredentialStatus
  readonly version: number
}

export function readCredential(state: StateReader, id: string): Credential | undefined {
  const object = readObject(state, credentialKey(id))
  return object && credentialOf(object)
}

/** The credential of an API key, with that key, whether either is still good or not. */
export function credentialByApiKey(
  state: StateReader,
  sha256: Uint8Array,
): { readonly id: string; readonly credential: Credential; readonly apiKey: ApiKey } | undefined {
  const id = readObject(state, apiKeyKey(sha256))?.get('credential')
  const credential = typeof id === 'string' ? readCredential(state, id) : undefined
  const hex = toHex(sha256)
  const apiKey = credential?.apiKeys.find((one) => toHex(one.sha256) === hex)
  if (typeof id !== 'string' || !credential || !apiKey) return undefined
  return { id, credential, apiKey }
}

/** Why a credential is good for nothing at this time; undefined where it is. */
export function whyNotUsable({ status, expires }: Credential, time: number): Refusal | undefined {
  if (status === 'revoked') {
    return { code: 'CREDENTIAL_REVOKED', detail: 'The credential was revoked: ask for a new one.' }
  }
  if (status === 'frozen') {
    return { code: 'CREDENTIAL_FROZEN', detail: 'The credential is frozen for now.' }
  }
  if (time < expires) return undefined
  return { code: 'CREDENTIAL_EXPIRED', detail: 'The credential has expired: ask for a new one.' }
}

/** What refuses a participant that is not active. */
export function whyNotActive(status: string): Refusal {
  return { code: 'PARTICIPANT_INACTIVE', detail: `The participant is ${status}, not active.` }
}

/**
 * Why a credential may not call functions of its service, whatever its scopes; undefined where it
 * may. A participant is active, and calls what its role has at the moment.
 */
export function whyNotCallable(
  state: StateReader,
  { participant: id, service: name }: Credential,
  service: Service,
  called: readonly string[],
): Refusal | undefined {
  const participant = id === undefined ? undefined : readParticipant(state, name, id)
  if (participant && participant.status !== 'active') return whyNotActive(participant.status)
  const functions = functionsFor(service, participant)
  const missing = called.find((one) => !functions.includes(one))
  if (missing === undefined) return undefined
  const who = participant ? `the role ${participant.role} of the service ${name}` : `${name}`
  return notAllowed(`There is no ${missing} in ${who}.`)
}

/** Why a credential may not be used for something; undefined where it may. */
export function whyNotInScope(credential: Credential, scope: Scope): Refusal | undefined {
  if (credential.scopes.includes(scope)) return undefined
  return { code: 'SCOPE_MISSING', detail: `The credential has no scope ${scope}.` }
}

/** A credential's object, typed. */
export function credentialOf(object: StateObject): Credential {
  const list = (name: string): readonly CborValue[] => {
    const value = object.get(name)
    assert(Array.isArray(value), `a credential has ${name}`)
    return value
  }
  const number = (name: string) => {
    const value = object.get(name)
    return typeof value === 'number' ? { [name]: value } : {}
  }
  const participant = object.get('participant')
  return {
    service: String(object.get('service')),
    label: String(object.get('label')),
    keys: list('keys').map(String),
    apiKeys: list('apiKeys').map(apiKeyOf),
    scopes: list('scopes') as Scope[],
    operators: list('operators').map(String),
    ...(typeof participant === 'string' ? { participant } : {}),
    ...number('perSecond'),
    ...number('writesPerDay'),
    expires: Number.POSITIVE_INFINITY,
    ...number('expires'),
    status: object.get('status') as CredentialStatus,
    version: Number(object.get('version')),
  }
}

function apiKeyOf(value: CborValue): ApiKey {
  const [sha256, hint, until] = Array.isArray(value) ? value : []
  assert(sha256 instanceof Uint8Array && typeof hint === 'string', 'an API key is a list of three')
  return { sha256, hint, until: typeof until === 'number' ? until : Number.POSITIVE_INFINITY }
}
