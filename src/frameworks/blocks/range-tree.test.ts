import assert from 'node:assert/strict'
import { it } from 'node:test'
import { leafHash, nodeHash, rootFromInclusion, splitPoint } from '@openbsn/sdk'
import { createRangeTree } from './range-tree.ts'

/** As RFC 9162 says it, in section 2.1.1. */
function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves
  if (only && leaves.length === 1) return only
  const split = splitPoint(leaves.length)
  return nodeHash(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)))
}

it('a tree of a range has the root of RFC 9162, and a path for each leaf', () => {
  for (let size = 1; size <= 70; size++) {
    const leaves = Array.from({ length: size }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)))
    const tree = createRangeTree(leaves)
    assert.deepEqual(tree.root, rootOf(leaves), `${size} leaves`)
    for (const [index, leaf] of leaves.entries()) {
      assert.equal(tree.indexOf(leaf), index)
      const path = tree.path(index)
      assert.deepEqual(
        rootFromInclusion(leaf, { size, index, path }),
        tree.root,
        `${size} ${index}`,
      )
    }
    assert.equal(tree.indexOf(leafHash(Buffer.from('none'))), undefined)
  }
})
