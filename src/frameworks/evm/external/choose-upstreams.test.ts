import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { askInOrder, commonHeight, dissenters, tooFarAhead } from './choose-upstreams.ts'

const rated = (...list: [upstream: string, height: number, latencyMs: number][]) =>
  list.map(([upstream, height, latencyMs]) => ({ upstream, health: { height, latencyMs } }))

describe('upstreams', () => {
  it('are asked by speed, but for those that are behind', () => {
    const list = rated(['slow', 100, 90], ['fast', 99, 10], ['behind', 90, 1], ['even', 100, 50])
    assert.deepEqual(askInOrder(list), ['fast', 'even', 'slow'])
    assert.deepEqual(askInOrder(rated(['only', 5, 1])), ['only'])
    assert.deepEqual(askInOrder([]), [])
  })

  it('are as high as most say, whatever one of them claims', () => {
    assert.equal(commonHeight(rated(['a', 100, 1], ['b', 101, 1], ['c', 9e9, 1])), 101)
    assert.equal(commonHeight(rated(['a', 100, 1], ['b', 9e9, 1])), 100)
    const three = rated(['a', 100, 1], ['b', 101, 1], ['liar', 9e9, 1])
    assert.deepEqual(tooFarAhead(three), ['liar'])
    // Of two nobody knows which.
    assert.deepEqual(tooFarAhead(rated(['a', 100, 1], ['b', 9e9, 1])), [])
  })

  it('that say something else than most are named, or than the first of as many', () => {
    const said = (text: string) => [...text].map((hash, i) => ({ upstream: i, hash }))
    assert.deepEqual(dissenters(said('aab')), [2])
    assert.deepEqual(dissenters(said('abb')), [0])
    assert.deepEqual(dissenters(said('ab')), [1])
    assert.deepEqual(dissenters(said('a')), [])
  })
})
