import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkJson, checkWei, constructorOf, functionsOf, inputOf, type Parameter } from './abi.ts'

const of = (type: string, name = '', components: readonly Parameter[] = []): Parameter => ({
  ...{ name, type, components },
})
const whatOf = (type: string, text: string) => inputOf(of(type), 0).check(text)?.what

describe('the functions of an ABI', () => {
  it('have names that tell them apart', () => {
    const pair = { type: 'tuple[]', components: [{ type: 'uint256' }, { type: 'address' }] }
    const abi = [
      { type: 'function', name: 'get', stateMutability: 'view', inputs: [] },
      { type: 'function', name: 'put', stateMutability: 'payable', inputs: [{ type: 'string' }] },
      { type: 'function', name: 'put', stateMutability: 'nonpayable', inputs: [pair] },
      { type: 'event', name: 'Put', inputs: [] },
      { type: 'constructor', stateMutability: 'payable', inputs: [{ name: 'a', type: 'bool' }] },
    ]
    assert.deepEqual(
      functionsOf(abi).map(({ name, isRead, isPayable }) => [name, isRead, isPayable]),
      [
        ['get', true, false],
        ['put(string)', false, true],
        ['put((uint256,address)[])', false, false],
      ],
    )
    assert.deepEqual(constructorOf(abi), { inputs: [of('bool', 'a')], isPayable: true })
    assert.deepEqual(constructorOf([]), { inputs: [], isPayable: false })
  })
})

describe('the field of a parameter', () => {
  it('says what it takes', () => {
    assert.equal(inputOf(of('uint256', 'amount'), 0).label, 'amount (uint256)')
    assert.equal(inputOf(of('tuple', '', [of('bool')]), 1).label, '2 ((bool))')
    assert.deepEqual(inputOf(of('bool'), 0).options, ['true', 'false'])
  })

  it('takes whole numbers of its size', () => {
    for (const text of ['0', '255', ' 7 ']) assert.equal(whatOf('uint8', text), undefined, text)
    for (const text of ['256', '-1', '1.5', '1e3', '<b>']) {
      assert.equal(whatOf('uint8', text), 'whole', text)
    }
    assert.equal(whatOf('int8', '-128'), undefined)
    assert.equal(whatOf('int8', '128'), 'whole')
    assert.equal(whatOf('uint', String(2n ** 256n - 1n)), undefined)
    assert.equal(whatOf('uint', String(2n ** 256n)), 'whole')
    assert.equal(whatOf('uint', ''), 'empty')
    assert.equal(inputOf(of('uint256'), 0).read(' 7 '), '7')
  })

  it('takes addresses, bytes, texts and truth', () => {
    assert.equal(whatOf('address', `0x${'aB'.repeat(20)}`), undefined)
    assert.equal(whatOf('address', '0x12'), 'address')
    assert.equal(whatOf('bytes2', '0xabcd'), undefined)
    assert.equal(whatOf('bytes2', '0xab'), 'bytes')
    assert.equal(whatOf('bytes', '0xab'), undefined)
    assert.equal(whatOf('bytes', 'ab'), 'bytes')
    assert.equal(whatOf('string', ''), undefined)
    assert.equal(inputOf(of('bool'), 0).read('false'), false)
    assert.equal(inputOf(of('string'), 0).read(' x '), ' x ')
  })

  it('takes lists as JSON, and no number that would be rounded', () => {
    assert.deepEqual(inputOf(of('uint256[]'), 0).read('["1",2]'), ['1', 2])
    assert.equal(checkJson('[1, "12345678901234567890"]'), undefined)
    assert.equal(checkJson('[{"a":12345678901234567890}]')?.what, 'rounded')
    assert.equal(checkJson('[1.5]')?.what, 'rounded')
    for (const text of ['[', '7', 'null', 'x']) assert.equal(checkJson(text)?.what, 'list', text)
  })

  it('takes wei, or none', () => {
    assert.deepEqual(
      ['', '5', '-5', '1e18'].map((text) => checkWei(text)?.what),
      [undefined, undefined, 'whole', 'whole'],
    )
  })
})
