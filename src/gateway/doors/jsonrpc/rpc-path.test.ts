import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { freePart, rpcTarget } from './rpc-path.ts'

describe('rpcTarget', () => {
  it('finds key and chain in the path, or in headers', () => {
    const path = { accessKey: 'k', chain: 'coin', kind: 'rpc' }
    assert.deepEqual(rpcTarget(path, {}), {
      key: 'k',
      project: undefined,
      chain: 'coin',
      kind: 'rpc',
    })
    const key = { 'x-api-key': 'h' }
    assert.deepEqual(rpcTarget({ ...path, accessKey: 'cred' }, key), {
      ...{ key: 'h', project: 'cred', chain: 'coin', kind: 'rpc' },
    })
    assert.equal(rpcTarget({ chain: 'coin', kind: 'evmws' }, key).kind, 'ws')
    assert.equal(rpcTarget({ kind: 'ws' }, { ...key, 'x-api-chain-type': 'coin' }).chain, 'coin')
    assert.deepEqual(rpcTarget({ kind: 'rest' }, {}), {
      ...{ key: '', project: undefined, chain: '', kind: undefined },
    })
  })

  it('leaves the words of other doors to them', () => {
    const free = new RegExp(freePart)
    for (const word of ['v1', 'app', 'fabric', 'cita', 'did']) assert.doesNotMatch(word, free)
    for (const word of ['v12', 'apple', 'live_x', 'coin']) assert.match(word, free)
  })
})
