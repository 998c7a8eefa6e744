import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { createNodeDialer, peersMax, peersToDial } from './node-dialer.ts'

const peer = (i: number) => `id${i}@host${i}:8430`
const network = (count: number) => Array.from({ length: count }, (_, i) => peer(i))

describe('the nodes that one connects to', () => {
  it('are all others of a small network', () => {
    assert.deepEqual(peersToDial(network(4), 'id2'), [peer(3), peer(0), peer(1)])
    assert.deepEqual(peersToDial(network(1), 'id0'), [])
    assert.deepEqual(peersToDial(network(2), 'not known yet'), [peer(0), peer(1)])
  })

  it('are spread evenly over a large one', () => {
    const all = network(300)
    const times = new Map<string, number>()
    for (let i = 0; i < 300; i++) {
      for (const one of peersToDial(all, `id${i}`)) times.set(one, (times.get(one) ?? 0) + 1)
    }
    assert.deepEqual(new Set(times.values()), new Set([peersMax]))
  })
})

describe('the dialer of a node', () => {
  it('asks for those that are missing, again where that failed, until it is stopped', async () => {
    const asked: string[] = []
    let connected: string[] = []
    const twice = Promise.withResolvers<void>()
    const dialer = createNodeDialer({
      own: 'id0',
      intervalMs: 30,
      known: () => network(3),
      connected: async () => connected,
      dial: async (peers) => {
        asked.push(peers.join())
        if (asked.length === 2) twice.resolve()
        connected = ['id1']
        throw new CodedError('ENGINE_UNREACHABLE', 'CometBFT does not run.')
      },
    })
    dialer.start()
    await twice.promise
    dialer.stop()
    assert.deepEqual(asked, [`${peer(1)},${peer(2)}`, peer(2)])
  })
})
