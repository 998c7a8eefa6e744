import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readRequest } from './rpc-calls.ts'

const read = (text: string) => readRequest(Buffer.from(text), { batchMax: 3 })
const codeOf = (text: string) => {
  const request = read(text)
  if ('code' in request) return request.code
  return request.calls.map((call) => ('fault' in call ? call.fault.code : call.method))
}

describe('readRequest', () => {
  it('reads a call, and keeps its bytes and its id as they came', () => {
    const text = ' {"id": "a\\u00e9", "method":"eth_call" , "params":[ {"to":"0x1"} ]}\n'
    const request = read(text)
    assert.ok('calls' in request && !request.isBatch)
    const [call] = request.calls
    assert.ok(call && 'raw' in call)
    assert.equal(Buffer.from(call.raw).toString(), text.trim())
    assert.deepEqual([call.id, call.method, call.params.length], ['"aé"', 'eth_call', 1])
  })

  it('cuts a batch into its calls, whatever stands in texts', () => {
    const one = '{"id":1,"method":"a","params":["],[{\\"\\\\"]}'
    const two = '{"id":null,"method":"b", "x":"é😀"}'
    for (const other of [two, '{"id":null,"method":"b"}']) {
      const request = read(` [ ${one} ,${other}, {"id":3,"method":"c","params":[[]]} ] `)
      assert.ok('calls' in request && request.isBatch)
      const calls = request.calls.map((call) =>
        'raw' in call ? [call.method, call.id, Buffer.from(call.raw).toString()] : assert.fail(),
      )
      assert.deepEqual(calls, [
        ['a', '1', one],
        ['b', 'null', other],
        ['c', '3', '{"id":3,"method":"c","params":[[]]}'],
      ])
    }
  })

  it('tells what is no JSON from what is no call, and one of these from the others', () => {
    for (const text of [
      '',
      '{',
      '[',
      '[{}',
      '[{"id":1}',
      '{"id":1}x',
      '[{}]x',
      'nul',
      '[1,]',
      '[,1]',
    ]) {
      assert.equal(codeOf(text), -32700, text)
    }
    // Two readers could take the one or the other of two.
    assert.equal(codeOf('{"id":1,"method":"eth_chainId","method":"anvil_reset"}'), -32700)
    assert.equal(codeOf('{"id":1,"method":"a","__proto__":1}'), -32700)
    assert.equal(codeOf('{"id":12345678901234567890,"method":"a"}'), -32700)
    for (const text of [
      '1',
      '"x"',
      'null',
      '{"id":{},"method":"a"}',
      '{"method":"a"}',
      '{"id":1}',
    ]) {
      assert.deepEqual(codeOf(text), [-32600], text)
    }
    assert.deepEqual(codeOf('{"id":1,"method":"a","params":{"x":1}}'), [-32600])
    assert.deepEqual(codeOf('[1,{"id":1,"method":"a"},[]]'), [-32600, 'a', -32600])
    assert.equal(codeOf('[]'), -32600)
  })

  it('takes no bombs: depth, number of calls, number of values', () => {
    const deep = `{"id":1,"method":"a","params":[${'['.repeat(5000)}${']'.repeat(5000)}]}`
    assert.equal(codeOf(deep), -32700)
    assert.equal(codeOf('['.repeat(100_000)), -32700)
    assert.equal(codeOf('[1,1,1,1]'), -32600)
    assert.equal(codeOf(`[${'1,'.repeat(500_000)}1]`), -32600)
    const wide = `{"id":1,"method":"a","params":[${'1,'.repeat(50_000)}1]}`
    assert.equal(codeOf(wide), -32700)
  })
})

describe('a call', () => {
  it('is told from others where every tool writes it so', () => {
    const isPlain = (text: string) => {
      const request = read(text)
      const [call] = 'calls' in request ? request.calls : []
      return call !== undefined && 'isPlain' in call ? call.isPlain : undefined
    }
    assert.equal(isPlain('{"jsonrpc":"2.0","id":1,"method":"a","params":[]}'), true)
    assert.equal(isPlain('{"method":"a","jsonrpc":"2.0","id":"x"}'), true)
    for (const members of ['"id":1', '"jsonrpc":"1.0","id":1', '"jsonrpc":"2.0","id":1.5']) {
      assert.equal(isPlain(`{"method":"a",${members}}`), false, members)
    }
    assert.equal(isPlain('{"jsonrpc":"2.0","id":1,"method":"a","more":1}'), false)
    assert.equal(isPlain('{"jsonrpc":"2.0","id":null,"method":"a"}'), false)
  })
})
