import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  isConsistent,
  leafHash,
  nodeHash,
  rootFromInclusion,
  sha256,
  toHex,
  utf8,
} from '@openbsn/sdk'
import { LogTree } from '../../src/ledger/log/log-tree.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { createMerkleModel, type MerkleModel } from '../sdk/merkle-model.ts'

const prng = testPrng()
const seed = `seed ${prng.seed}`

type Store = Map<string, Uint8Array>

/** A tree over a store that keeps only what it is given, as the ledger's does. */
function treeOver(store: Store): LogTree {
  const readTile = (level: number, index: number) => {
    const tile = store.get(`${level}/${index}`)
    assert.ok(tile, `${seed}: tile ${level}/${index} is asked for before it was stored`)
    return tile
  }
  return new LogTree({ readTile })
}

function append(tree: LogTree, store: Store, leaves: readonly Uint8Array[]): Uint8Array {
  const plan = tree.plan(leaves)
  const tiles = tree.fill(plan)
  for (const { level, index, hashes } of tiles)
    store.set(`${level}/${index}`, Uint8Array.from(hashes))
  tree.finish(plan)
  return plan.root
}

/** A tree as a restart makes it: from the full tiles and the last leaves. */
function restored(store: Store, leaves: readonly Uint8Array[]): LogTree {
  const tree = treeOver(store)
  tree.restore(leaves.length, leaves.slice(leaves.length - (leaves.length % 256)))
  return tree
}

const entriesOf = (count: number) => Array.from({ length: count }, (_, i) => utf8(`entry ${i}`))

function checkPaths(tree: LogTree, model: MerkleModel, leaves: readonly Uint8Array[]): void {
  const size = prng.int(1, tree.size)
  const index = prng.int(0, size - 1)
  const before = prng.int(0, size)
  const what = `${seed}: ${index} of ${size}, from ${before}`
  const path = tree.inclusionPath(index, size)
  assert.deepEqual(path.map(Buffer.from), model.inclusion(index, size).map(Buffer.from), what)
  const leaf = leaves[index] ?? new Uint8Array()
  const root = model.root(size)
  assert.deepEqual(rootFromInclusion(leaf, { size, index, path }), root, what)
  const link = tree.consistencyPath(before, size)
  const wanted = before === 0 ? [] : model.consistency(before, size)
  assert.deepEqual(link.map(Buffer.from), wanted.map(Buffer.from), what)
  const roots = { rootBefore: model.root(before), root }
  assert.ok(isConsistent({ sizeBefore: before, size, path: link, ...roots }), what)
}

/** Every level of tiles by definition: hashes of a level are roots of full tiles below. */
function levelsOf(leaves: readonly Uint8Array[]): Uint8Array[][] {
  const levels = [[...leaves]]
  for (let below = levels[0] ?? []; below.length >= 256; ) {
    const full = Math.floor(below.length / 256)
    const roots = Array.from({ length: full }, (_, i) =>
      rootOfTile(below.slice(i * 256, i * 256 + 256)),
    )
    levels.push(roots)
    below = roots
  }
  return levels
}

function rootOfTile(row: readonly Uint8Array[]): Uint8Array {
  if (row.length === 1) return row[0] ?? new Uint8Array()
  const above = Array.from({ length: row.length / 2 }, (_, i) =>
    nodeHash(row[2 * i] ?? new Uint8Array(), row[2 * i + 1] ?? new Uint8Array()),
  )
  return rootOfTile(above)
}

function checkTiles(tree: LogTree, leaves: readonly Uint8Array[]): void {
  const levels = levelsOf(leaves)
  levels.forEach((hashes, level) => {
    for (let index = 0; index * 256 < hashes.length; index++) {
      const wanted = Buffer.concat(hashes.slice(index * 256, index * 256 + 256))
      const tile = tree.tile(level, index)
      assert.ok(tile && wanted.equals(tile), `${seed}: tile ${level}/${index} of ${leaves.length}`)
    }
    assert.equal(tree.tile(level, Math.ceil(hashes.length / 256)), undefined)
  })
  assert.equal(tree.tile(levels.length, 0), undefined)
}

function growAndCheck(to: number, leaves: readonly Uint8Array[], model: MerkleModel): void {
  const store: Store = new Map()
  let tree = treeOver(store)
  while (tree.size < to) {
    const size = tree.size + prng.int(0, prng.int(0, 3) === 0 ? 700 : 5)
    const batch = leaves.slice(tree.size, size)
    assert.deepEqual(append(tree, store, batch), model.root(size), `${seed}: size ${size}`)
    if (prng.int(0, 20) === 0) tree = restored(store, leaves.slice(0, size))
    for (let i = 0; i < 3 && size > 0; i++) checkPaths(tree, model, leaves)
    if (prng.int(0, 50) === 0) checkTiles(tree, leaves.slice(0, size))
  }
  checkTiles(tree, leaves.slice(0, tree.size))
}

describe('the log tree, against the definitions of RFC 9162', () => {
  it('has the same roots, paths and tiles, by whatever batches it grew', () => {
    const entries = entriesOf(9000)
    const leaves = entries.map(leafHash)
    const model = createMerkleModel(entries)
    for (let round = 0; round < 8; round++) growAndCheck(3000 + round * 500, leaves, model)
  })

  it('grows beyond a tile of tiles, and is restored on each side of its edge', () => {
    const entries = entriesOf(100_000)
    const leaves = entries.map(leafHash)
    const model = createMerkleModel(entries)
    const store: Store = new Map()
    let tree = treeOver(store)
    const stops = [65_279, 65_280, 65_535, 65_536, 65_537, 65_792, 65_793, 99_999, 100_000]
    for (const stop of stops) {
      while (tree.size < stop) {
        const batch = leaves.slice(tree.size, Math.min(stop, tree.size + prng.int(1, 20_000)))
        append(tree, store, batch)
      }
      assert.deepEqual(tree.plan([]).root, model.root(stop), `${seed}: ${stop}`)
      tree = restored(store, leaves.slice(0, stop))
      assert.deepEqual(tree.plan([]).root, model.root(stop), `${seed}: ${stop} restored`)
      for (let i = 0; i < 40; i++) checkPaths(tree, model, leaves)
    }
    // More tiles than the tree keeps: one that is read takes the place of one that was.
    for (let i = 0; i < 400; i++) checkPaths(tree, model, leaves)
    checkTiles(tree, leaves)
  })

  it('shows nothing of a plan that is not finished, nor of one between fill and finish', () => {
    const leaves = entriesOf(2000).map((entry) => sha256(entry))
    const store: Store = new Map()
    const tree = treeOver(store)
    append(tree, store, leaves.slice(0, 700))
    const root = tree.plan([]).root
    const edge = tree.tile(0, 2)
    const path = tree.inclusionPath(699, 700)
    const look = () => {
      assert.equal(tree.size, 700)
      assert.deepEqual(tree.tile(0, 2), edge)
      assert.equal(tree.tile(0, 3), undefined)
      assert.deepEqual(tree.inclusionPath(699, 700), path)
    }
    tree.plan(leaves.slice(0, 1300))
    look()
    const plan = tree.plan(leaves.slice(700))
    const tiles = tree.fill(plan)
    look()
    for (const { level, index, hashes } of tiles)
      store.set(`${level}/${index}`, Uint8Array.from(hashes))
    tree.finish(plan)
    assert.deepEqual(restored(store, leaves).plan([]).root, tree.plan([]).root)
    assert.notDeepEqual(tree.plan([]).root, root)
    assert.throws(() => tree.finish(plan), /bug/)
  })
})

describe('the example of RFC 9162, section 2.1.5', () => {
  const [d0, d1, d2, d3, d4, d5, d6] = entriesOf(7)
  const leaf = (entry: Uint8Array | undefined) => leafHash(entry ?? assert.fail())
  /** The nodes by the letters of the RFC's drawing; j is the leaf d6. */
  const [a, b, c, d] = [leaf(d0), leaf(d1), leaf(d2), leaf(d3)]
  const [e, f, j] = [leaf(d4), leaf(d5), leaf(d6)]
  const [g, h, i] = [nodeHash(a, b), nodeHash(c, d), nodeHash(e, f)]
  const [k, l] = [nodeHash(g, h), nodeHash(i, j)]
  const hash = nodeHash(k, l)
  const leaves = [a, b, c, d, e, f, j]
  const steps = new Map([
    ['hash0', { size: 3, root: nodeHash(g, c) }],
    ['hash1', { size: 4, root: k }],
    ['hash2', { size: 6, root: nodeHash(k, i) }],
    ['hash', { size: 7, root: hash }],
  ])
  const tree = treeOver(new Map())
  const grown = [...steps.values()].map(({ size }) =>
    append(tree, new Map(), leaves.slice(tree.size, size)),
  )

  it('has the roots hash0, hash1, hash2 and hash, built in four steps', () => {
    assert.equal(tree.size, 7)
    const wanted = [...steps.values()].map(({ root }) => toHex(root))
    assert.deepEqual(grown.map(toHex), wanted)
  })

  const inclusions = {
    d0: { index: 0, path: [b, h, l] },
    d3: { index: 3, path: [c, g, l] },
    d4: { index: 4, path: [f, j, k] },
    d6: { index: 6, path: [i, k] },
  }
  for (const [name, { index, path }] of Object.entries(inclusions)) {
    it(`proves the inclusion of ${name} by PATH(${index}, D[7])`, () => {
      assert.deepEqual(tree.inclusionPath(index, 7).map(toHex), path.map(toHex))
      const root = rootFromInclusion(leaves[index] ?? assert.fail(), { size: 7, index, path })
      assert.deepEqual(root, hash)
    })
  }

  const consistencies = {
    hash0: [c, d, g, l],
    hash1: [l],
    hash2: [i, j, k],
  }
  for (const [name, path] of Object.entries(consistencies)) {
    const { size: sizeBefore, root: rootBefore } = steps.get(name) ?? assert.fail()
    it(`proves that hash continues ${name} by PROOF(${sizeBefore}, D[7])`, () => {
      assert.deepEqual(tree.consistencyPath(sizeBefore, 7).map(toHex), path.map(toHex))
      assert.ok(isConsistent({ sizeBefore, rootBefore, size: 7, root: hash, path }))
    })
  }
})
