import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dialectNames } from '../../../frameworks/evm/chain.ts'
import { dialectPart, freePart, kindPart, pathBehind, rpcTarget } from './rpc-path.ts'

describe('rpcTarget', () => {
  it('finds key and chain in the path, or in headers', () => {
    const path = { accessKey: 'k', chain: 'coin', kind: 'rpc' }
    assert.deepEqual(rpcTarget(path, {}), {
      key: 'k',
      project: undefined,
      chain: 'coin',
      kind: 'rpc',
      parts: 3,
    })
    const key = { 'x-api-key': 'h' }
    assert.deepEqual(rpcTarget({ ...path, accessKey: 'cred' }, key), {
      ...{ key: 'h', project: 'cred', chain: 'coin', kind: 'rpc', parts: 3 },
    })
    assert.equal(rpcTarget({ chain: 'coin', kind: 'evmws' }, key).kind, 'ws')
    assert.equal(rpcTarget({ kind: 'ws' }, { ...key, 'x-api-chain-type': 'coin' }).chain, 'coin')
    assert.deepEqual(rpcTarget({ kind: 'grpc' }, {}), {
      ...{ key: '', project: undefined, chain: '', kind: undefined, parts: 1 },
    })
  })

  it('takes what stands behind a dialect for nothing else', () => {
    const short = { accessKey: 'coin', chain: 'rest', kind: 'rpc' }
    assert.deepEqual(rpcTarget(short, { 'x-api-key': 'h' }), {
      ...{ key: 'h', project: undefined, chain: 'coin', kind: 'rest', parts: 2 },
    })
    // Without the header it is the service of that name.
    assert.deepEqual(rpcTarget(short, {}), {
      ...{ key: 'coin', project: undefined, chain: 'rest', kind: 'rpc', parts: 3 },
    })
  })

  it('knows each dialect of a chain, and takes its name for no key', () => {
    for (const name of dialectNames) {
      for (const part of [kindPart, dialectPart]) assert.match(name, new RegExp(part))
      assert.doesNotMatch(name, new RegExp(freePart))
      assert.equal(rpcTarget({ accessKey: 'k', chain: 'coin', kind: name }, {}).kind, name)
    }
    assert.doesNotMatch('rpc', new RegExp(dialectPart))
  })

  it('leaves the words of other doors to them', () => {
    const free = new RegExp(freePart)
    for (const word of ['v1', 'app', 'fabric', 'cita', 'did']) assert.doesNotMatch(word, free)
    for (const word of ['v12', 'apple', 'live_x', 'coin']) assert.match(word, free)
  })
})

describe('pathBehind', () => {
  it('is what stands behind, as it came', () => {
    for (const tail of [
      '',
      '/',
      '?a',
      '/a%20b//c%2Fd/..e/e../.../?q=%2e%2e/../&r',
      '/%25',
      '/a.',
    ]) {
      assert.equal(pathBehind(`/api/k/coin/rest${tail}`, 3), tail)
      assert.equal(pathBehind(`/api/rest${tail}`, 1), tail)
    }
  })

  it('is nothing where it leads elsewhere', () => {
    const ways = [
      ...['/..', '/../x', '/a/../../x', '/%2e%2e/x', '/.%2E', '/a/.', '/./a', '/a/..;/b'],
      ...['/a%2f..%2fb', '/..%5cb', '/a\\..\\b', '/%252e%252e/x', '/a%25252f%25252e./x'],
      ...['/..%3bx/', '/%c0%ae%c0%ae/x', '/a#/../b', '/a b', '/\u00e9', '/..?a', '/%2e%2e?/'],
    ]
    for (const way of ways) assert.equal(pathBehind(`/api/k/coin/rest${way}`, 3), undefined, way)
    for (const url of ['http://x/api/k/coin/rest/a', '/api/coin/rest', '/v1/k/coin/rest/a', '']) {
      assert.equal(pathBehind(url, 3), undefined, url)
    }
    const startMs = performance.now()
    pathBehind(`/api/k/coin/rest/${'%25'.repeat(5000)}/${'%'.repeat(5000)}`, 3)
    assert.ok(performance.now() - startMs < 100)
  })
})
