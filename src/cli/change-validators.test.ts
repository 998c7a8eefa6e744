import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { validator } from '@openbsn/sdk'
import { namedSigner } from '../testing/named-signer.ts'
import { demoted, promoted } from './change-validators.ts'

const [a, b, c] = ['a', 'b', 'c'].map((name) => validator(namedSigner(name).key, 10))
assert.ok(a && b && c)

describe('a set of validators', () => {
  it('has a node once, with the power that it got last', () => {
    assert.deepEqual(promoted([a], b), [a, b])
    const stronger = { ...a, power: 20 }
    assert.deepEqual(promoted([a, b], stronger), [b, stronger])
  })

  it('loses a node, but neither the last one nor one that it does not have', () => {
    assert.deepEqual(demoted([a, b], a), [b])
    const code = 'NODE_NO_VALIDATOR'
    assert.throws(() => demoted([a], a), { code, message: /the last validator/ })
    assert.throws(() => demoted([a, b], c), { code, message: /no validator/ })
  })
})
