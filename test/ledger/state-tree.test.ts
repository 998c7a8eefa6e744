import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { emptyStateRoot, stateKeyHash, toHex, utf8, verifyStateProof } from '@openbsn/sdk'
import { planState, proveState } from '../../src/ledger/state/state-tree.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { createStateModel } from '../sdk/state-model.ts'
import { StatePages } from './state-pages.ts'

const prng = testPrng()
const seed = `seed ${prng.seed}`

function prove(pages: StatePages, key: string): void {
  const value = pages.values.get(key) ?? null
  const proof = proveState(key, pages)
  assert.deepEqual(proof, createStateModel(pages.values).proof(key), `${seed}: proof of ${key}`)
  verifyStateProof(proof, { stateRoot: pages.root, key, value })
  const other = value ? null : utf8('x')
  const claim = { stateRoot: pages.root, key, value: other }
  assert.throws(() => verifyStateProof(proof, claim), { code: 'STATE_PROOF_INVALID' })
}

function check(pages: StatePages): void {
  assert.deepEqual(pages.root, createStateModel(pages.values).stateRoot, `${seed}: root`)
  const places = new Set([...pages.stored.keys()])
  assert.deepEqual(places, placesOf([...pages.values.keys()]), `${seed}: pages`)
}

/** A page for the root, and wherever two keys or more share so many hex digits of their hashes. */
function placesOf(keys: readonly string[]): Set<string> {
  const counts = new Map<string, number>([['', 2]])
  for (const hash of keys.map((key) => toHex(stateKeyHash(key)))) {
    for (let digits = 1; digits <= 64; digits++) {
      const place = hash.slice(0, digits)
      counts.set(place, (counts.get(place) ?? 0) + 1)
    }
  }
  return new Set([...counts].filter(([, count]) => count > 1).map(([place]) => place))
}

/** Keys whose hashes begin alike: found by trying, sorted by the first `bits` of the hash. */
function keysThatShare(bits: number, count: number): string[] {
  const groups = new Map<number, string[]>()
  for (let i = 0; ; i++) {
    const key = `${bits}/${i}`
    const hash = stateKeyHash(key)
    const prefix = (((hash[0] ?? 0) << 8) | (hash[1] ?? 0)) >> (16 - bits)
    const group = groups.get(prefix) ?? []
    group.push(key)
    groups.set(prefix, group)
    if (group.length === count) return group
  }
}

const pool = [
  ...Array.from({ length: 60 }, (_, i) => `key/${i}`),
  ...keysThatShare(8, 12),
  ...keysThatShare(12, 8),
  ...keysThatShare(16, 5),
]
const anyKey = () => pool[prng.int(0, pool.length - 1)] ?? ''

function someChanges(deletesOf10: number): Map<string, Uint8Array | null> {
  const changes = new Map<string, Uint8Array | null>()
  for (let i = prng.int(1, 12); i > 0; i--) {
    const isDelete = prng.int(1, 10) <= deletesOf10
    changes.set(anyKey(), isDelete ? null : utf8(String(prng.int(0, 1e9))))
  }
  return changes
}

describe('the state tree, against its definition', () => {
  it('has the root, the proofs and just the pages that it needs', () => {
    for (let round = 0; round < 12; round++) {
      const pages = new StatePages()
      for (let step = 0; step < 60; step++) {
        pages.apply(someChanges(step < 30 ? 2 : 7))
        check(pages)
        for (let i = 0; i < 4; i++) prove(pages, anyKey())
        prove(pages, `absent ${round} ${step}`)
      }
    }
  })

  it('is empty again when everything is deleted, one by one or at once', () => {
    const all = new Map(pool.map((key) => [key, utf8(key)]))
    const pages = new StatePages()
    pages.apply(all)
    const full = pages.root
    for (const key of pool) {
      pages.apply(new Map([[key, null]]))
      check(pages)
    }
    assert.deepEqual(pages.root, emptyStateRoot)
    pages.apply(all)
    assert.deepEqual(pages.root, full)
    pages.apply(new Map(pool.map((key) => [key, null])))
    check(pages)
    assert.deepEqual(pages.root, emptyStateRoot)
    prove(pages, 'key/1')
  })

  it('has one root for one state, whatever the order and the detours', () => {
    const orders = [0, 1, 2].map(() => {
      const pages = new StatePages()
      const shuffled = [...pool].sort(() => prng.int(0, 1) * 2 - 1)
      for (const key of shuffled) {
        if (prng.int(0, 2) === 0) pages.apply(new Map([[`detour ${key}`, utf8('x')]]))
        pages.apply(new Map([[key, utf8(key)]]))
        pages.apply(new Map([[`detour ${key}`, null]]))
      }
      return toHex(pages.root)
    })
    assert.equal(new Set(orders).size, 1, seed)
  })

  it('changes nothing by a plan that nobody stores, or by deleting what is not there', () => {
    const pages = new StatePages()
    pages.apply(new Map(pool.slice(0, 70).map((key) => [key, utf8(key)])))
    const before = new Map(pages.stored)
    planState(new Map(pool.map((key) => [key, utf8('other')])), pages)
    assert.deepEqual(planState(new Map(), pages).root, pages.root)
    const { root } = planState(new Map([['absent', null]]), pages)
    assert.deepEqual(root, pages.root)
    assert.deepEqual(pages.stored, before)
  })
})
