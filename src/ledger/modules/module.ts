import { type CborMap, type CborValue, decodeCbor, isCodedError } from '@openbsn/sdk'
import type { Refusal } from '../../crypto/check-statement.ts'
import {
  objectVersion,
  readObject,
  type State,
  type StateObject,
  type StateReader,
} from '../state/state-view.ts'

/** Names of members, nodes, groups, services and proposals. */
export const namePattern = /^[a-z0-9][a-z0-9-]{1,62}$/

/** A control statement as a module sees it. Nothing else reaches a module but the state. */
export type Act = {
  readonly contentType: string
  readonly payload: CborMap
  /** Who owns the key that signed: `member/<id>`, or what else the module lets sign. */
  readonly owner: string
  /** Thumbprint of that key, in hex. */
  readonly kid: string
  readonly height: number
  /** Index that the statement's entry gets if it is not refused. */
  readonly index: number
  /** Block time, seconds since 1970. */
  readonly time: number
  /** `exp` of the statement, seconds since 1970. */
  readonly exp: number
}

/** Changes the state, or says why not; after a refusal nothing of its changes is kept. */
export type ActHandler = (act: Act, state: State, voted: VotedActs) => Refusal | undefined

/** An act that a proposal carries: it has no signature, `exp` or `cti` of its own. */
export type VotedAct = {
  /** The module's reserved name. */
  readonly sub: string
  readonly contentType: string
  readonly payload: CborMap
}

/** What votes decide on; each kind has a time lock of its own. */
export const votedKinds = ['members', 'validators', 'policy', 'freeze', 'stop', 'software'] as const
export type VotedKind = (typeof votedKinds)[number]

/** What an act does when a vote decided it. It changes the state, or says why not. */
export type VotedHandler = { readonly kind: VotedKind; readonly run: ActHandler }

/** The acts of all modules that a vote can decide, as a module that counts votes runs them. */
export interface VotedActs {
  /** The kind of such an act, or why no vote can decide it. */
  kindOf(act: VotedAct, state: StateReader): VotedKind | Refusal
  /** Runs it on the state, which is to be thrown away after a refusal. */
  run(act: VotedAct, state: State): Refusal | undefined
}

/** One version of a module's rules: what its acts do, by content type, matched exactly. */
export type ModuleVersion = {
  readonly version: number
  readonly acts: Readonly<Record<string, ActHandler>>
  /** What a vote of the members can decide here; the owner of such an act is `votersOwner`. */
  readonly voted?: Readonly<Record<string, VotedHandler>>
  /** Acts that bound `exp` themselves: it may be later than an hour ahead. */
  readonly longLived?: readonly string[]
}

/** Owner of an act that the members decided together. No key has it. */
export const votersOwner = 'voters/all'

/** What can own a key: the part of an owner in front of its first slash. */
export type OwnerKind = 'member' | 'operator' | 'credential' | 'participant'

/**
 * A part of the state with its rules. `name` is the reserved `sub` that alone selects it. Rules
 * never change in place: a new version joins, and the state says from which height it holds.
 */
export type Module = {
  readonly name: string
  /** Whose keys may sign its acts at all; members' alone where it does not say. */
  readonly signers?: readonly OwnerKind[]
  readonly versions: readonly ModuleVersion[]
}

/** The kind of an owner such as `member/admin`. */
export const kindOf = (owner: string) => owner.slice(0, owner.indexOf('/'))
/** The id of an owner such as `member/admin`: what its statements carry as `iss`. */
export const idOf = (owner: string) => owner.slice(owner.indexOf('/') + 1)

/**
 * Whether the owner of a key decides what is the other owner's: its own, and a member what its city
 * nodes did for it, not the other way round.
 */
export const speaksFor = (owner: string, other: string): boolean =>
  owner === other || (kindOf(owner) === 'member' && other === `operator/${idOf(owner)}`)

/** Decides who may write records to a service: the part above the ledger that knows services. */
export type RecordPolicy = (question: {
  readonly state: StateReader
  readonly owner: string
  /** The credential that the statement names, where it names one. */
  readonly credential: string | undefined
  readonly service: string
  /** Block time, seconds since 1970. */
  readonly time: number
}) => RecordDecision

/** Allowed until `until` (seconds, block time, exclusive), while no act changes the state. */
export type RecordRight = { readonly until: number; readonly quota?: Quota }
export type RecordDecision = Refusal | RecordRight

/** How many records a credential may write in a day of block time. */
export type Quota = { readonly credential: string; readonly perDay: number }

export const moduleKey = (name: string) => `module/${name}`

/** The version that holds at a height; undefined where the state does not know the module. */
export function versionAt(
  module: Module,
  state: StateReader,
  height: number,
): ModuleVersion | undefined {
  const schedule = readObject(state, moduleKey(module.name))?.get('versions')
  if (!Array.isArray(schedule)) return undefined
  let active: CborValue | undefined
  for (const step of schedule) {
    if (Array.isArray(step) && typeof step[1] === 'number' && step[1] <= height) active = step[0]
  }
  return module.versions.find(({ version }) => version === active)
}

/** The payload of a control statement: a deterministic CBOR map. */
export function readPayload(bytes: Uint8Array): CborMap | Refusal {
  try {
    const value = decodeCbor(bytes)
    if (value instanceof Map) return value
    return { code: 'ACT_INVALID', detail: 'The payload of a control statement is a CBOR map.' }
  } catch (error) {
    if (!isCodedError(error)) throw error
    return { code: 'ACT_INVALID', detail: error.message }
  }
}

export type FieldKind = 'text' | 'bytes' | 'longText' | 'number' | 'integer' | 'flag' | 'list'

function isKind(value: CborValue | undefined, kind: FieldKind): boolean {
  if (kind === 'text') return typeof value === 'string' && value !== '' && value.length <= 128
  if (kind === 'longText') return typeof value === 'string' && value !== ''
  if (kind === 'bytes') return value instanceof Uint8Array
  if (kind === 'number') return typeof value === 'number' && value >= 0
  if (kind === 'integer') return typeof value === 'number'
  if (kind === 'flag') return typeof value === 'boolean'
  return Array.isArray(value)
}

/** Refuses a payload that misses a field, has one of another type, or one that is not known. */
export function checkFields(
  payload: CborMap,
  fields: Readonly<Record<string, FieldKind>>,
  optional: Readonly<Record<string, FieldKind>> = {},
): Refusal | undefined {
  for (const key of payload.keys()) {
    if (typeof key === 'string' && (Object.hasOwn(fields, key) || Object.hasOwn(optional, key)))
      continue
    return { code: 'ACT_INVALID', detail: `The field ${key} is not known in this act.` }
  }
  for (const [name, kind] of Object.entries({ ...fields, ...optional })) {
    const value = payload.get(name)
    if (value === undefined && Object.hasOwn(optional, name)) continue
    if (isKind(value, kind)) continue
    return { code: 'ACT_INVALID', detail: `The field ${name} must be given, as ${kind}.` }
  }
  return undefined
}

/** True for a list of `least` to `most` things that all belong, each once. */
export function isSetOf(
  value: CborValue | undefined,
  belongs: (one: CborValue) => boolean,
  { least = 1, most }: { readonly least?: number; readonly most: number },
): value is CborValue[] {
  if (!Array.isArray(value) || value.length < least || value.length > most) return false
  return value.every(belongs) && new Set(value).size === value.length
}

export const invalid = (detail: string): Refusal => ({ code: 'ACT_INVALID', detail })
export const conflict = (detail: string): Refusal => ({ code: 'ACT_CONFLICT', detail })
export const notAllowed = (detail: string): Refusal => ({ code: 'NOT_ALLOWED', detail })

/** As `expectObject`, at any version where the act expects none. */
export function expectAny(
  state: StateReader,
  key: string,
  expect: CborValue | undefined,
): StateObject | Refusal {
  const version = readObject(state, key)?.get('version')
  return expectObject(state, key, expect ?? version)
}

/** The object that an act changes, if it is there and at the version that the act expects. */
export function expectObject(
  state: StateReader,
  key: string,
  expect: CborValue | undefined,
): StateObject | Refusal {
  const object = readObject(state, key)
  if (!object) return { code: 'OBJECT_NOT_FOUND', detail: `There is no ${key}.` }
  const version = objectVersion(object)
  if (version === expect) return object
  const detail = `${key} is at version ${version}, the act expects ${expect}: read it again.`
  return { code: 'VERSION_STALE', detail }
}
