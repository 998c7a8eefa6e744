import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithmByName } from './algorithms.ts'
import type { CborMap, CborValue } from './cbor.ts'
import {
  addValidator,
  latestValidators,
  nodeAsValidator,
  removeValidator,
} from './change-validators.ts'
import { encodeCoseKey } from './cose-key.ts'
import { encodeValidators, type Validator, validator } from './genesis.ts'
import { createSigner } from './signer.ts'

const algorithm = algorithmByName('EdDSA')
assert.ok(algorithm)

const named = (number: number, power = 10): Validator => ({
  ...validator(createSigner(algorithm, new Uint8Array(32).fill(number)).key, power),
  consensusKey: new Uint8Array(32).fill(number),
})

/** As the state has it, once another set was decided before the one that counts. */
const objectOf = (...set: readonly Validator[]): CborMap => {
  const sets: CborValue = [
    [0, encodeValidators([named(9)])],
    [7, encodeValidators(set)],
  ]
  return new Map<string, CborValue>([...Object.entries({ version: 4, sets })])
}

const nextOf = (act: ReturnType<typeof removeValidator>) => act?.payload.get('validators')

describe('who signs blocks', () => {
  it('is changed by an act with the whole next set', () => {
    const object = objectOf(named(1), named(2))
    assert.deepEqual(latestValidators(object), [named(1), named(2)])
    const added = addValidator(object, named(3))
    assert.deepEqual([added.act, added.payload.get('expect')], ['validators-update', 4])
    assert.deepEqual(nextOf(added), encodeValidators([named(1), named(2), named(3)]))
    const other = addValidator(object, named(1, 5))
    assert.deepEqual(nextOf(other), encodeValidators([named(2), named(1, 5)]))
    assert.deepEqual(nextOf(removeValidator(object, named(1))), encodeValidators([named(2)]))
  })

  it('never ends with nobody, and without who is none nothing changes', () => {
    assert.equal(removeValidator(objectOf(named(1)), named(1)), undefined)
    assert.equal(removeValidator(objectOf(named(1), named(2)), named(3)), undefined)
  })

  it('knows a city node by both keys that a validator has', () => {
    const { consensusKey, ...key } = named(1)
    const facts = { validatorKey: encodeCoseKey(key), consensusKey: consensusKey ?? null }
    assert.deepEqual(nodeAsValidator(new Map(Object.entries(facts)), 10), named(1))
    assert.equal(nodeAsValidator(new Map([['validatorKey', facts.validatorKey]]), 10), undefined)
  })
})
