import {
  type CborValue,
  decodeValidators,
  encodeCbor,
  encodeValidators,
  equalBytes,
  isCodedError,
  validatorsModule as moduleName,
  sha256,
  type Validator,
  validatorDelay,
  validatorsUpdateType,
} from '@openbsn/sdk'
import type { Refusal } from '../../crypto/check-statement.ts'
import { assert } from '../../kernel/assert.ts'
import {
  objectVersion,
  readObject,
  type State,
  type StateReader,
  writeObject,
} from '../state/state-view.ts'
import { alone } from './alliance-objects.ts'
import { type Act, checkFields, expectObject, type Module } from './module.ts'

/** Who signs blocks: one object, whose sets follow each other by height. */

export const validatorsKey = 'validators'

type Step = { readonly from: number; readonly set: CborValue }

/** `changes`: indexes of the entries that changed the set, all of them, for the key bundle. */
type Validators = { readonly steps: readonly Step[]; readonly changes: readonly CborValue[] }

function readValidators(state: StateReader): Validators {
  const object = readObject(state, validatorsKey)
  const [list, changes] = [object?.get('sets'), object?.get('changes')]
  assert(Array.isArray(list) && Array.isArray(changes), 'the state has validators')
  const steps = list.map((pair) => {
    const [from, set] = Array.isArray(pair) ? pair : []
    assert(typeof from === 'number' && set !== undefined, 'a set of validators has a height')
    return { from, set }
  })
  return { steps, changes }
}

function writeValidators(state: State, { steps, changes }: Validators): void {
  const sets = steps.map(({ from, set }): CborValue => [from, set])
  writeObject(state, validatorsKey, { sets, changes: [...changes] })
}

export function writeGenesisValidators(state: State, validators: readonly Validator[]): void {
  writeValidators(state, { steps: [{ from: 0, set: encodeValidators(validators) }], changes: [] })
}

/** What an act that changes the validators must expect. */
export function validatorsVersion(state: StateReader): number {
  const object = readObject(state, validatorsKey)
  assert(object !== undefined, 'the state has validators')
  return objectVersion(object)
}

/** Indexes of the entries that changed the validators, in order. */
export function validatorChanges(state: StateReader): number[] {
  return readValidators(state).changes.map(Number)
}

/** Every set that the state has, and the height that it holds from. */
export function validatorSteps(state: StateReader) {
  return readValidators(state).steps.map(({ from, set }) => {
    return { from, validators: decodeValidators(set) as readonly Validator[] }
  })
}

/**
 * What sets decode to, by their bytes. It is asked for every vote, and to
 * see that a key is a point of its curve costs more than to verify a signature.
 */
const decoded = new Map<string, readonly Validator[]>()
/** A ledger has one set at a time; a process has few ledgers. */
const decodedMax = 16

/** The validators whose signatures make the block at `height` final. Not to be changed. */
export function validatorsAt(state: StateReader, height: number): readonly Validator[] {
  const step = readValidators(state).steps.findLast(({ from }) => from <= height)
  assert(step !== undefined, 'a set of validators holds from height 0 on')
  const key = Buffer.from(encodeCbor(step.set)).toString('latin1')
  const known = decoded.get(key)
  if (known) return known
  const validators = decodeValidators(step.set)
  if (decoded.size >= decodedMax) decoded.clear()
  decoded.set(key, validators)
  return validators
}

/**
 * Whether a key alone makes blocks at `height` final: it has more than two thirds of the power.
 * Without decoding the keys, because it is asked for every block.
 */
export function decidesAlone(state: StateReader, kid: Uint8Array, height: number): boolean {
  const set = readValidators(state).steps.findLast(({ from }) => from <= height)?.set
  let [own, total] = [0, 0]
  for (const pair of Array.isArray(set) ? set : []) {
    const [key, power] = Array.isArray(pair) ? pair : []
    total += Number(power)
    // The thumbprint is the hash of just this encoding (RFC 9679).
    if (key instanceof Uint8Array && equalBytes(sha256(key), kid)) own = Number(power)
  }
  return own * 3 > total * 2
}

/** Without a consensus key a validator has no vote: a network that came to it would end. */
function whyInvalid(set: CborValue, before: CborValue | undefined): string | undefined {
  const canVote = (one: Validator) => one.consensusKey !== undefined
  try {
    const isNetwork = decodeValidators(before).every(canVote)
    if (decodeValidators(set).every(canVote) || !isNetwork) return undefined
    return 'The present validators have consensus keys: the new ones need them, too.'
  } catch (error) {
    if (!isCodedError(error)) throw error
    return error.message
  }
}

/** Replaces the set, from two blocks on. */
function update(act: Act, state: State): Refusal | undefined {
  const { payload } = act
  const wrong = checkFields(payload, { expect: 'number', validators: 'list' })
  if (wrong) return wrong
  const object = expectObject(state, validatorsKey, payload.get('expect'))
  if (!(object instanceof Map)) return object
  const set = payload.get('validators') ?? null
  const from = act.height + validatorDelay
  const { steps, changes } = readValidators(state)
  const invalid = whyInvalid(set, steps.at(-1)?.set)
  if (invalid !== undefined) return { code: 'ACT_INVALID', detail: invalid }
  const before = steps.filter((step) => step.from !== from)
  // The set that holds until then, and the new one: older ones live in the key bundle.
  const holding = before.findLast((step) => step.from <= act.height)
  const coming = before.filter((step) => step.from > act.height)
  const kept = holding ? [holding, ...coming] : coming
  writeValidators(state, { steps: [...kept, { from, set }], changes: [...changes, act.index] })
  return undefined
}

export const validatorsModule: Module = {
  name: moduleName,
  versions: [
    {
      version: 1,
      // The key bundle has each change as the entry that made it: one by vote is in the entry that
      // executes the proposal, which carries its acts.
      acts: { [validatorsUpdateType]: alone(update) },
      voted: { [validatorsUpdateType]: { kind: 'validators', run: update } },
    },
  ],
}
