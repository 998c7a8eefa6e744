import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { orderingFor } from './service-channel.ts'

const raft = { root: 'a', peer: 'peer.example:7051' }
const both = {
  ...raft,
  bftOrderer: { address: 'orderer.example:7060', certificate: 'b', identity: 'c' },
}

describe('a channel that is made', () => {
  it('orders by BFT from four nodes on that all can', () => {
    const counts = [1, 2, 3, 4, 5, 7]
    const orderings = counts.map((length) => orderingFor(Array.from({ length }, () => both)))
    assert.deepEqual(orderings, ['raft', 'raft', 'raft', 'bft', 'bft', 'bft'])
    assert.equal(orderingFor([both, both, both, raft]), 'raft')
    assert.equal(orderingFor([both, both, both, both, undefined]), 'raft')
  })
})
