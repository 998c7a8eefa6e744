import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  decodeStateProof,
  encodeStateProof,
  isCodedError,
  type StateProof,
  utf8,
  verifyStateProof,
} from '@openbsn/sdk'
import type { Prng } from '../../src/testing/prng.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { createStateModel } from './state-model.ts'

/** A state of up to `most` of the keys key/0 to key/79. */
function randomState(prng: Prng, most: number): Map<string, Uint8Array> {
  const count = prng.int(0, most)
  return new Map(Array.from({ length: count }, (_, i) => [`key/${prng.int(0, 79)}`, utf8(`${i}`)]))
}

function holds(proof: StateProof, stateRoot: Uint8Array, key: string, value: Uint8Array | null) {
  try {
    verifyStateProof(proof, { stateRoot, key, value })
    return true
  } catch (error) {
    assert.ok(isCodedError(error) && error.code === 'STATE_PROOF_INVALID', String(error))
    return false
  }
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice()
  out[bit >> 3] = (out[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return out
}

describe('state proofs, against the tree rebuilt by definition', () => {
  it('show what is there and what is not, and never the opposite', () => {
    const prng = testPrng()
    for (let round = 0; round < 60; round++) {
      const state = randomState(prng, 50)
      const { stateRoot, proof } = createStateModel(state)
      for (let number = 0; number < 80; number += prng.int(1, 6)) {
        const key = `key/${number}`
        const what = `seed ${prng.seed}, round ${round}, ${key}`
        const value = state.get(key) ?? null
        const one = decodeStateProof(encodeStateProof(proof(key)))
        assert.ok(holds(one, stateRoot, key, value), what)
        assert.ok(!holds(one, stateRoot, key, value ? null : utf8('x')), what)
        if (!value) continue
        assert.ok(!holds(one, stateRoot, `${key}0`, value), what)
        assert.ok(!holds(one, stateRoot, key, utf8('other')), what)
      }
    }
  })

  it('fail with any one bit flipped', () => {
    const prng = testPrng()
    const state = randomState(prng, 50).set('key/here', utf8('v'))
    const { stateRoot, proof } = createStateModel(state)
    for (const [key, value] of [
      ['key/here', utf8('v')],
      ['key/absent', null],
    ] as const) {
      const bytes = encodeStateProof(proof(key))
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const what = `seed ${prng.seed}, ${key}, bit ${bit}`
        let read: StateProof
        try {
          read = decodeStateProof(flipped(bytes, bit))
        } catch (error) {
          assert.ok(isCodedError(error), what)
          continue
        }
        assert.ok(!holds(read, stateRoot, key, value), what)
      }
    }
  })

  it('belong to one state: an older proof fails after a change', () => {
    const prng = testPrng()
    for (let round = 0; round < 40; round++) {
      const state = randomState(prng, 30).set('key/a', utf8('1'))
      const before = createStateModel(state).proof('key/a')
      const changed = prng.int(0, 1) === 0 ? state.set('key/new', utf8('2')) : new Map()
      const { stateRoot } = createStateModel(changed)
      const what = `seed ${prng.seed}, round ${round}`
      assert.ok(!holds(before, stateRoot, 'key/a', utf8('1')), what)
    }
  })
})
