import {
  type CborMap,
  type CborValue,
  decodeCoseKey,
  equalBytes,
  isCodedError,
  thumbprint,
} from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { nodeKey } from '../ledger/modules/alliance-objects.ts'
import {
  type Act,
  checkFields,
  conflict,
  expectAny,
  expectObject,
  idOf,
  invalid,
  isSetOf,
  namePattern,
  notAllowed,
} from '../ledger/modules/module.ts'
import { validatorSteps } from '../ledger/modules/validators.ts'
import {
  changeObject,
  type State,
  type StateObject,
  writeObject,
} from '../ledger/state/state-view.ts'
import { refuseGroups } from './group-acts.ts'
import { nodeOf } from './node-state.ts'

/** City nodes: facts that their operators register when they change. */

/** By a pattern, not a parser: what it takes must be the same on every node, of any version. */
const urlPattern = /^https?:\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(\/[!-~]*)?$/
const [urlLengthMax, frameworksMax] = [256, 16]

const facts = {
  city: 'text',
  country: 'text',
  latitude: 'integer',
  longitude: 'integer',
  gateway: 'longText',
  software: 'text',
  frameworks: 'list',
} as const

/** Of a node that is part of a network; each may be left out. */
const networkFacts = {
  peer: 'longText',
  validatorKey: 'bytes',
  consensusKey: 'bytes',
  groups: 'list',
} as const
/** CometBFT's name of a node, and where the others reach it. */
const peerPattern = /^[0-9a-f]{40}@([a-z0-9.-]+|\[[0-9a-f:.]+\]):[0-9]{1,5}$/
const consensusKeyBytes = 32

const rules: Readonly<Record<string, readonly [(value: CborValue) => boolean, string]>> = {
  country: [(value) => /^[A-Z]{2}$/.test(String(value)), 'two capital letters (ISO 3166-1)'],
  latitude: [(value) => Math.abs(Number(value)) <= 90e6, 'millionths of a degree, up to 90'],
  longitude: [(value) => Math.abs(Number(value)) <= 180e6, 'millionths of a degree, up to 180'],
  gateway: [isUrl, `an http or https address of at most ${urlLengthMax} characters`],
  frameworks: [isFrameworks, `at most ${frameworksMax} names, each once`],
  peer: [isPeer, 'the 40 hex digits of its id, @, host and port'],
  validatorKey: [isKey, 'a COSE_Key of an algorithm that blocks are signed with'],
  consensusKey: [isConsensusKey, `an Ed25519 key of ${consensusKeyBytes} bytes`],
}

function isPeer(value: CborValue): boolean {
  return typeof value === 'string' && value.length <= urlLengthMax && peerPattern.test(value)
}

function isKey(value: CborValue): boolean {
  try {
    return value instanceof Uint8Array && decodeCoseKey(value) !== undefined
  } catch (error) {
    if (isCodedError(error)) return false
    throw error
  }
}

function isConsensusKey(value: CborValue): boolean {
  return value instanceof Uint8Array && value.length === consensusKeyBytes
}

function isUrl(value: CborValue): boolean {
  return typeof value === 'string' && value.length <= urlLengthMax && urlPattern.test(value)
}

function isFrameworks(value: CborValue): boolean {
  const isName = (one: CborValue) => typeof one === 'string' && /^[a-z0-9-]{1,32}$/.test(one)
  return isSetOf(value, isName, { least: 0, most: frameworksMax })
}

/** The facts that a payload has, or what is wrong with one. */
function readFacts(payload: CborMap, state: State): Record<string, CborValue> | Refusal {
  const found: Record<string, CborValue> = {}
  for (const name of Object.keys({ ...facts, ...networkFacts })) {
    const value = payload.get(name)
    if (value === undefined) continue
    const [isRight, rule] = rules[name] ?? []
    if (isRight && !isRight(value)) return invalid(`${name}: ${rule}.`)
    found[name] = value
  }
  const { groups } = found
  return (groups === undefined ? undefined : refuseGroups(state, groups)) ?? found
}

/** A member, or its operator's key, puts a city node on the map. */
export function registerNode({ payload, owner }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { id: 'text', ...facts }, networkFacts)
  if (wrong) return wrong
  const id = String(payload.get('id'))
  if (!namePattern.test(id)) return invalid('id: 2 to 63 of a-z, 0-9 and -.')
  if (state.get(nodeKey(id))) return conflict(`A city node ${id} exists already.`)
  const given = readFacts(payload, state)
  if ('code' in given) return given as Refusal
  writeObject(state, nodeKey(id), { operator: idOf(owner), ...given, status: 'active' })
  return undefined
}

/** The city node that an act of its operator changes. */
function ownNode(
  { payload, owner }: Act,
  state: State,
  more: Parameters<typeof checkFields>[2] = {},
): StateObject | Refusal {
  const wrong = checkFields(payload, { id: 'text', expect: 'number' }, more)
  if (wrong) return wrong
  const id = String(payload.get('id'))
  const object = expectObject(state, nodeKey(id), payload.get('expect'))
  if (!(object instanceof Map)) return object
  const { operator, status } = nodeOf(object)
  if (operator !== idOf(owner)) return notAllowed(`Only its operator changes ${id}.`)
  if (status === 'retired') return conflict(`The city node ${id} is retired.`)
  return object
}

/** The operator says what changed. */
export function updateNode(act: Act, state: State): Refusal | undefined {
  const object = ownNode(act, state, { ...facts, ...networkFacts })
  if (!(object instanceof Map)) return object
  const changes = readFacts(act.payload, state)
  if ('code' in changes) return changes as Refusal
  changeObject(state, nodeKey(String(act.payload.get('id'))), object, changes)
  return undefined
}

/**
 * Takes a city node off the map for ever. Not one that signs blocks, or is about to: the others
 * would wait for its signatures and not connect to it any more.
 */
function retire(key: string, object: StateObject, state: State): Refusal | undefined {
  const { validatorKey } = nodeOf(object)
  const kid = validatorKey && thumbprint(decodeCoseKey(validatorKey))
  const present = validatorSteps(state).at(-1)?.validators ?? []
  if (kid && present.some((one) => equalBytes(one.kid, kid))) {
    return conflict(`${key} signs blocks: demote it before it is retired.`)
  }
  changeObject(state, key, object, { status: 'retired' })
  return undefined
}

/** By who runs it. */
export function retireNode(act: Act, state: State): Refusal | undefined {
  const object = ownNode(act, state)
  if (!(object instanceof Map)) return object
  return retire(nodeKey(String(act.payload.get('id'))), object, state)
}

/** The members take any city node off the map; by id alone where no version is given. */
export function retireByVote({ payload }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { id: 'text' }, { expect: 'number' })
  if (wrong) return wrong
  const key = nodeKey(String(payload.get('id')))
  const object = expectAny(state, key, payload.get('expect'))
  if (!(object instanceof Map)) return object
  if (object.get('status') === 'retired') return conflict(`${key} is retired.`)
  return retire(key, object, state)
}
