import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concat, utf8 } from './bytes.ts'
import { encodeCbor } from './cbor.ts'
import { sha256 } from './sha256-node.ts'
import {
  bitAt,
  decodeStateProof,
  emptyStateRoot,
  encodeStateProof,
  type StateProof,
  stateKeyHash,
  stateLeafHash,
  stateNodeHash,
  verifyStateProof,
} from './state-proof.ts'

const invalid = { code: 'STATE_PROOF_INVALID' }
const value = utf8('running')
const leafOf = (key: string) => ({ keyHash: stateKeyHash(key), valueHash: sha256(value) })

/** Two keys that part at the first bit, so that both leaves stand right below the root. */
const [left, right] = [0, 1].map(
  (side) =>
    ['a', 'b', 'c', 'd', 'e', 'f'].find((key) => bitAt(stateKeyHash(key), 0) === side) ??
    assert.fail(),
) as [string, string]
const leftHash = stateLeafHash(leafOf(left))
const rightHash = stateLeafHash(leafOf(right))
const stateRoot = stateNodeHash(leftHash, rightHash)
const proof: StateProof = { siblings: [rightHash], leaf: leafOf(left) }

describe('verifyStateProof', () => {
  it('shows presence, and absence by an empty place or by the leaf that stands there', () => {
    verifyStateProof(proof, { stateRoot, key: left, value })
    const onlyLeft = stateNodeHash(leftHash, emptyStateRoot)
    const empty = { siblings: [leftHash], leaf: null }
    verifyStateProof(empty, { stateRoot: onlyLeft, key: right, value: null })
    const other = { siblings: [], leaf: leafOf(left) }
    verifyStateProof(other, { stateRoot: leftHash, key: right, value: null })
    const none = { siblings: [], leaf: null }
    verifyStateProof(none, { stateRoot: emptyStateRoot, key: left, value: null })
  })

  it('shows nothing else', () => {
    const claim = { stateRoot, key: left, value }
    const absent = { ...claim, value: null }
    const cut = concat(leafOf(left).keyHash, leafOf(left).valueHash)
    const leafCutElsewhere = { keyHash: cut.slice(0, 31), valueHash: cut.slice(31) }
    const cases: Record<string, () => void> = {
      'another value': () => verifyStateProof(proof, { ...claim, value: utf8('frozen') }),
      'absence of a present key': () => verifyStateProof(proof, absent),
      'absence by a leaf cut elsewhere': () =>
        verifyStateProof({ ...proof, leaf: leafCutElsewhere }, absent),
      'absence by an empty place': () => verifyStateProof({ ...proof, leaf: null }, absent),
      'absence by the leaf of another place': () =>
        verifyStateProof({ siblings: [leftHash], leaf: leafOf(right) }, absent),
      'presence of another key': () => verifyStateProof(proof, { ...claim, key: right }),
      'presence by another leaf': () => verifyStateProof({ ...proof, leaf: leafOf(right) }, claim),
      'presence by no leaf': () => verifyStateProof({ ...proof, leaf: null }, claim),
      'a leaf that a wrong tree has in the place of another': () =>
        verifyStateProof(
          { siblings: [leftHash], leaf: leafOf(right) },
          { ...absent, stateRoot: stateNodeHash(rightHash, leftHash) },
        ),
      'another root': () => verifyStateProof(proof, { ...claim, stateRoot: leftHash }),
      'a missing sibling': () => verifyStateProof({ ...proof, siblings: [] }, claim),
      'a sibling too many': () =>
        verifyStateProof({ ...proof, siblings: [rightHash, rightHash] }, claim),
      'a short sibling': () =>
        verifyStateProof({ ...proof, siblings: [rightHash.subarray(1)] }, claim),
      'more siblings than bits': () =>
        verifyStateProof({ ...proof, siblings: Array(257).fill(rightHash) }, claim),
    }
    for (const [what, verify] of Object.entries(cases)) assert.throws(verify, invalid, what)
  })
})

describe('decodeStateProof', () => {
  it('reads what it writes', () => {
    const proofs = [proof, { siblings: [], leaf: null }, { siblings: [leftHash], leaf: null }]
    for (const one of proofs) assert.deepEqual(decodeStateProof(encodeStateProof(one)), one)
    const longest = { siblings: Array(256).fill(leftHash), leaf: leafOf(left) }
    assert.deepEqual(decodeStateProof(encodeStateProof(longest)), longest)
  })

  it('bounds lengths before it reads', () => {
    const refused = [
      encodeCbor([Array(257).fill(leftHash), null]),
      Uint8Array.of(0x82, 0x9b, 0, 0x1f, 255, 255, 255, 255, 255, 255),
      encodeCbor([[leftHash.slice(1)], null]),
      encodeCbor([[], [leftHash]]),
      encodeCbor([[], [leftHash, leftHash, leftHash]]),
      encodeCbor([[], [leftHash, leftHash.slice(1)]]),
    ]
    for (const bytes of refused) assert.throws(() => decodeStateProof(bytes), invalid)
    const broken = [[], [[], null, 1], [[]], [[], 1], [['x'], null], [new Map(), null]]
    for (const one of broken) {
      assert.throws(() => decodeStateProof(encodeCbor(one as [])), { code: 'CBOR_MALFORMED' })
    }
    const trailing = concat(encodeStateProof(proof), Uint8Array.of(0))
    assert.throws(() => decodeStateProof(trailing), { code: 'CBOR_TRAILING_BYTES' })
  })
})
