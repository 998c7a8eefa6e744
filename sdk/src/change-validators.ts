import { equalBytes } from './bytes.ts'
import type { CborMap } from './cbor.ts'
import { type ControlAct, controlAct } from './control.ts'
import { decodeCoseKey } from './cose-key.ts'
import { decodeValidators, encodeValidators, type Validator, validator } from './genesis.ts'

/** Who signs blocks is changed by an act that has the whole next set, out of that of the state. */

/** The set that the state's object `validators` has last. @throws GENESIS_INVALID, KEY_INVALID */
export function latestValidators(object: CborMap): readonly Validator[] {
  const sets = object.get('sets')
  const last = Array.isArray(sets) ? sets.at(-1) : undefined
  return decodeValidators(Array.isArray(last) ? last[1] : undefined)
}

/**
 * The validator that a city node would be, by its object of the state; undefined for one that is no
 * node of a network. @throws KEY_INVALID
 */
export function nodeAsValidator(node: CborMap, power: number): Validator | undefined {
  const [key, consensusKey] = [node.get('validatorKey'), node.get('consensusKey')]
  if (!(key instanceof Uint8Array) || !(consensusKey instanceof Uint8Array)) return undefined
  return { ...validator(decodeCoseKey(key), power), consensusKey }
}

/** The act that makes somebody a validator, or gives it another power. */
export function addValidator(object: CborMap, own: Validator): ControlAct {
  return changedTo(object, [...without(object, own), own])
}

/** The act that makes it none; undefined where it is none, and where nobody would be left. */
export function removeValidator(
  object: CborMap,
  own: Pick<Validator, 'kid'>,
): ControlAct | undefined {
  const left = without(object, own)
  const isOne = left.length < latestValidators(object).length
  return isOne && left.length > 0 ? changedTo(object, left) : undefined
}

const without = (object: CborMap, { kid }: Pick<Validator, 'kid'>) =>
  latestValidators(object).filter((one) => !equalBytes(one.kid, kid))

function changedTo(object: CborMap, next: readonly Validator[]): ControlAct {
  const expect = Number(object.get('version'))
  return controlAct('validators-update', { expect, validators: encodeValidators(next) })
}
