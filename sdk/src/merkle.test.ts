import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toHex } from './bytes.ts'
import {
  type ConsistencyProof,
  emptyRoot,
  isConsistent,
  nodeHash,
  rootFromInclusion,
} from './merkle.ts'

const hash = (n: number) => new Uint8Array(32).fill(n)
const [a, b, c] = [hash(1), hash(2), hash(3)]
const ab = nodeHash(a, b)
const abc = nodeHash(ab, c)

describe('rootFromInclusion', () => {
  it('takes the only leaf as the root, with no path', () => {
    assert.deepEqual(rootFromInclusion(a, { size: 1, index: 0, path: [] }), a)
  })

  it('refuses a path that is no path of that place', () => {
    const refused = [
      { size: 0, index: 0, path: [] },
      { size: 1, index: 1, path: [] },
      { size: 1, index: 0, path: [b] },
      { size: 3, index: 3, path: [ab] },
      { size: 3, index: 2, path: [] },
      { size: 3, index: 2, path: [ab, a] },
      { size: 3, index: 0, path: [b] },
      { size: 3, index: 0, path: [b.subarray(1), c] },
      { size: 3, index: -1, path: [b, c] },
      { size: 3, index: 0.5, path: [b, c] },
      { size: Number.NaN, index: 0, path: [b, c] },
      { size: 2 ** 53, index: 0, path: [b, c] },
    ]
    for (const proof of refused) assert.equal(rootFromInclusion(a, proof), undefined)
  })

  it('counts beyond 32 bits', () => {
    const size = 2 ** 33 + 1 // A full tree of 33 levels, and one leaf to its right.
    const left = hash(9)
    assert.deepEqual(
      rootFromInclusion(a, { size, index: size - 1, path: [left] }),
      nodeHash(left, a),
    )
    const path = Array.from({ length: 34 }, (_, i) => hash(i))
    const index = 2 ** 32 + 1
    const expected = path.reduce<Uint8Array>((root, sibling, level) => {
      const isRight = Math.floor(index / 2 ** level) % 2 === 1
      return isRight ? nodeHash(sibling, root) : nodeHash(root, sibling)
    }, a)
    assert.deepEqual(rootFromInclusion(a, { size, index, path }), expected)
    assert.notDeepEqual(rootFromInclusion(a, { size, index: 1, path }), expected)
    assert.equal(rootFromInclusion(a, { size, index, path: path.slice(1) }), undefined)
  })
})

describe('isConsistent', () => {
  const good: ConsistencyProof = { sizeBefore: 2, rootBefore: ab, size: 3, root: abc, path: [c] }

  it('holds for what only appends', () => {
    const held = [
      good,
      { sizeBefore: 1, rootBefore: a, size: 3, root: abc, path: [b, c] },
      { sizeBefore: 3, rootBefore: abc, size: 3, root: abc, path: [] },
      { sizeBefore: 0, rootBefore: emptyRoot, size: 0, root: emptyRoot, path: [] },
      { sizeBefore: 0, rootBefore: emptyRoot, size: 3, root: abc, path: [] },
    ]
    for (const proof of held) assert.ok(isConsistent(proof), `${proof.sizeBefore} to ${proof.size}`)
  })

  it('fails for everything else', () => {
    const other = hash(9)
    const failing = {
      'empty proof where one is needed': { ...good, path: [] },
      'swapped roots': { ...good, rootBefore: abc, root: ab },
      'swapped sizes': { ...good, sizeBefore: 3, size: 2 },
      'another old root': { ...good, rootBefore: other },
      'another new root': { ...good, root: other },
      'a larger new size': { ...good, size: 5 },
      'another path': { ...good, path: [other] },
      'a path too long': { ...good, path: [c, other] },
      'a path with the old root first': { ...good, path: [ab, c] },
      'a short hash': { ...good, path: [c.subarray(1)] },
      'equal sizes of different roots': { ...good, sizeBefore: 3, path: [] },
      'equal sizes with a path': { ...good, sizeBefore: 3, rootBefore: abc },
      'an empty tree with a root': { ...good, sizeBefore: 0, path: [] },
      'an empty tree with a path': { ...good, sizeBefore: 0, rootBefore: emptyRoot },
      'two empty trees with another root': {
        ...good,
        ...{ sizeBefore: 0, size: 0, rootBefore: other, root: other, path: [] },
      },
      'a negative size': { ...good, sizeBefore: -1 },
      'half a leaf': { ...good, sizeBefore: 1.5 },
    }
    for (const [what, proof] of Object.entries(failing)) assert.ok(!isConsistent(proof), what)
  })

  it('has the hash of nothing as the root of an empty tree', () => {
    const sha256OfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    assert.equal(toHex(emptyRoot), sha256OfNothing)
  })
})
