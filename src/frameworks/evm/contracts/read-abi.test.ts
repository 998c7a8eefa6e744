import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import type { JsonValue } from '../../../kernel/json.ts'
import { readAbi } from './read-abi.ts'

/** The message of what is refused. */
function refusal(abi: JsonValue): string {
  try {
    readAbi(abi)
  } catch (error) {
    assert.ok(isCodedError(error) && error.code === 'ABI_INVALID', String(error))
    return error.message
  }
  return assert.fail('it was read')
}

const taking = (...inputs: JsonValue[]): JsonValue => [{ type: 'function', name: 'put', inputs }]
const nested = (depth: number): JsonValue =>
  depth === 0
    ? { name: 'leaf', type: 'uint8' }
    : { name: 'tree', type: 'tuple', components: [nested(depth - 1)] }

describe('readAbi', () => {
  it('reads what compilers print, and leaves out what they add', () => {
    const [read] = readAbi([
      {
        type: 'function',
        name: 'put',
        gas: 7,
        inputs: [{ name: 'order', type: 'tuple[]', components: [{ name: 'n', type: 'uint' }] }],
        outputs: [{ type: 'bytes32', name: '', internalType: 'Id' }],
        stateMutability: 'payable',
      },
    ])
    assert.deepEqual(read, {
      type: 'function',
      name: 'put',
      inputs: [{ name: 'order', type: 'tuple[]', components: [{ name: 'n', type: 'uint256' }] }],
      outputs: [{ type: 'bytes32', name: '', internalType: 'Id' }],
      stateMutability: 'payable',
    })
  })

  it('reads what compilers before 0.5 printed', () => {
    const old = { name: 'get', inputs: [], outputs: [], constant: true, payable: false }
    const read = readAbi([old, { type: 'constructor', payable: true }, { type: 'fallback' }])
    const told = read.map((one) => 'stateMutability' in one && one.stateMutability)
    assert.deepEqual(told, ['view', 'payable', 'nonpayable'])
  })

  it('says where something is wrong', () => {
    const cases: [JsonValue, RegExp][] = [
      [{}, /^abi: /],
      [[1], /^abi\[0\]: /],
      [[{ type: 'function', inputs: [] }], /^abi\[0\]\.name: null/],
      [[{ type: 'thing' }], /^abi\[0\]\.type: "thing"/],
      [[{ type: 'function', name: 'a', inputs: 'x' }], /^abi\[0\]\.inputs: /],
      [taking({ name: 'n', type: 'uint257' }), /^abi\[0\]\.inputs\[0\]\.type: "uint257"/],
      [taking({ name: 'n', type: 'uint08' }), /\.type: "uint08"/],
      [taking({ name: 'n', type: 'bytes33' }), /\.type: "bytes33"/],
      [taking({ name: 'n', type: 'fixed128x18' }), /\.type: /],
      [taking({ name: 'n', type: 'uint8[0]' }), /\.type: .*fixed length/],
      [taking({ name: 'n', type: 'uint8[-1]' }), /\.type: /],
      [taking({ name: '__proto__', type: 'uint8' }), /\.name: "__proto__"/],
      [taking({ name: 'a;b', type: 'uint8' }), /\.name: "a;b"/],
      [taking({ name: 'a', type: 'uint8' }, { name: 'a', type: 'uint8' }), /a is there twice/],
      [taking({ name: 'a', type: 'tuple' }), /\.components: /],
      [taking({ name: 'a', type: 'tuple', components: [] }), /\.components: /],
      [[{ type: 'function', name: 'a', inputs: [], stateMutability: 'odd' }], /\.stateMutability/],
      [[...(taking() as []), ...(taking() as [])], /^abi\[1\]: put\(\) is there twice/],
    ]
    for (const [abi, message] of cases) assert.match(refusal(abi), message)
    const indexed = ['a', 'b', 'c', 'd'].map((name) => ({ name, type: 'uint8', indexed: true }))
    assert.match(refusal([{ type: 'event', name: 'E', inputs: indexed }]), /too many/)
  })

  it('stops bombs early: many items, deep tuples, arrays that no message could fill', () => {
    const item = (i: number) => ({ type: 'error', name: `E${i}`, inputs: [] })
    assert.match(refusal(Array.from({ length: 2001 }, (_, i) => item(i))), /2000 items/)
    assert.match(refusal(taking(nested(17))), /nested deeper than 16/)
    readAbi(taking(nested(15)))
    assert.match(refusal(taking({ name: 'a', type: `uint8${'[1]'.repeat(17)}` })), /deeper/)
    assert.match(refusal(taking({ name: 'a', type: 'uint8[99999]' })), /words/)
    assert.match(refusal(taking({ name: 'a', type: 'uint8[300][300]' })), /words/)
    assert.match(refusal(taking({ name: 'a', type: `uint8${'[]'.repeat(200)}` })), /no type/)
    const wide = Array.from({ length: 70 }, (_, i) => ({ name: `a${i}`, type: 'uint8[1000]' }))
    assert.match(refusal(taking(...wide)), /words/)
    const many = Array.from({ length: 20_001 }, () => ({ type: 'uint8', name: '' }))
    assert.match(refusal(taking(...many)), /20000 parameters/)
  })
})
