import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isConsistent, leafHash, rootFromInclusion, utf8 } from '@openbsn/sdk'
import { testPrng } from '../../src/testing/seed.ts'
import { createMerkleModel } from './merkle-model.ts'

const sizeMax = 130
const entries = Array.from({ length: sizeMax }, (_, i) => utf8(`entry ${i}`))
const model = createMerkleModel(entries)
const leaf = (index: number) => leafHash(entries[index] ?? assert.fail())
const prng = testPrng()

/** The path with one bit flipped, one hash removed, added or repeated, or two swapped. */
function damaged(path: readonly Uint8Array[]): Uint8Array[][] {
  const place = prng.int(0, Math.max(0, path.length - 1))
  const hash = path[place]
  if (!hash) return [[model.root(1)]]
  const flipped = hash.slice()
  flipped[prng.int(0, 31)] = (flipped[0] ?? 0) ^ 0xff
  return [
    path.toSpliced(place, 1),
    path.toSpliced(place, 0, hash),
    [...path, model.root(3)],
    [model.root(3), ...path],
    ...(flipped.every((byte, i) => byte === hash[i]) ? [] : [path.toSpliced(place, 1, flipped)]),
    path.slice(0, -1),
  ]
}

describe('inclusion, against the definition of RFC 9162', () => {
  it('leads to the root for every place of every size', () => {
    for (let size = 1; size <= sizeMax; size++) {
      for (let index = 0; index < size; index++) {
        const proof = { size, index, path: model.inclusion(index, size) }
        assert.deepEqual(
          rootFromInclusion(leaf(index), proof),
          model.root(size),
          `${index} of ${size}`,
        )
      }
    }
  })

  it('does not for another leaf, place, size or path', () => {
    for (let round = 0; round < 600; round++) {
      const size = prng.int(1, sizeMax)
      const index = prng.int(0, size - 1)
      const path = model.inclusion(index, size)
      const what = `seed ${prng.seed}, round ${round}: ${index} of ${size}`
      const expected = model.root(size)
      const other = prng.int(0, sizeMax - 1)
      if (other !== index) {
        assert.notDeepEqual(rootFromInclusion(leaf(other), { size, index, path }), expected, what)
        assert.notDeepEqual(
          rootFromInclusion(leaf(index), { size, index: other, path }),
          expected,
          what,
        )
      }
      for (const wrong of damaged(path)) {
        assert.notDeepEqual(
          rootFromInclusion(leaf(index), { size, index, path: wrong }),
          expected,
          what,
        )
      }
    }
  })
})

describe('consistency, against the definition of RFC 9162', () => {
  it('holds between every two sizes', () => {
    for (let size = 1; size <= sizeMax; size++) {
      for (let sizeBefore = 1; sizeBefore <= size; sizeBefore++) {
        const path = model.consistency(sizeBefore, size)
        const roots = { rootBefore: model.root(sizeBefore), root: model.root(size) }
        assert.ok(isConsistent({ sizeBefore, size, ...roots, path }), `${sizeBefore} to ${size}`)
      }
    }
  })

  it('does not between other roots, or by another path', () => {
    for (let round = 0; round < 600; round++) {
      const size = prng.int(2, sizeMax)
      const sizeBefore = prng.int(1, size - 1)
      const what = `seed ${prng.seed}, round ${round}: ${sizeBefore} to ${size}`
      const path = model.consistency(sizeBefore, size)
      const good = {
        sizeBefore,
        size,
        rootBefore: model.root(sizeBefore),
        root: model.root(size),
        path,
      }
      const changed = [
        { ...good, rootBefore: good.root, root: good.rootBefore },
        { ...good, rootBefore: model.root(sizeBefore - 1) },
        { ...good, rootBefore: model.root(sizeBefore + 1) },
        { ...good, root: model.root(size - 1) },
        { ...good, path: [] },
        ...damaged(path).map((wrong) => ({ ...good, path: wrong })),
      ]
      for (const [i, wrong] of changed.entries())
        assert.ok(!isConsistent(wrong), `${what}, change ${i}`)
    }
  })
})
