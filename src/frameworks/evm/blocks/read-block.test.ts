import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sha256 } from '@openbsn/sdk'
import { actIn, actMarker } from '../act-tag.ts'
import type { Answer } from '../chain-values.ts'
import { headerOf, transactionOf } from './read-block.ts'

const hash = (byte: number) => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`
const address = `0x${'ab'.repeat(20)}`
const identity = Buffer.alloc(32, 7)
const garbled = { code: 'CHAIN_GARBLED' }

const transaction: Answer = {
  ...{ hash: hash(1), transactionIndex: '0x2', from: address, to: null, input: '0x0102' },
}
const log = { logIndex: '0x5', address, topics: [hash(3), hash(4)], data: '0x' }
const receipt: Answer = {
  ...{ status: '0x1', gasUsed: '0x5208', contractAddress: address, logs: [log] },
}

describe('an act behind calldata', () => {
  it('is the last 32 bytes behind the marker', () => {
    const tag = Buffer.concat([actMarker, identity])
    assert.deepEqual(actIn(tag), identity)
    assert.deepEqual(actIn(Buffer.concat([Buffer.from('call'), tag])), identity)
    assert.equal(actIn(Buffer.concat([tag, Buffer.of(0)])), null)
    assert.equal(actIn(tag.subarray(1)), null)
    assert.equal(actIn(Buffer.alloc(36)), null)
    assert.equal(actIn(Buffer.alloc(0)), null)
  })
})

describe('answers of a chain', () => {
  it('become what the index keeps', () => {
    const read = transactionOf(transaction, receipt)
    assert.deepEqual(read.input, sha256(Buffer.of(1, 2)))
    assert.deepEqual([read.place, read.status, read.gasUsed], [2, 1, 21_000])
    assert.deepEqual([read.receiver, read.created?.toString('hex')], [null, 'ab'.repeat(20)])
    const [first] = read.logs
    assert.deepEqual([first?.index, first?.topics.length, first?.data.length], [5, 64, 0])
    assert.deepEqual(transactionOf(transaction, receipt, () => false).logs, [])
  })

  it('are refused where they are not as they must be', () => {
    const wrong: [Answer, Answer][] = [
      [{ ...transaction, hash: '0x01' }, receipt],
      [{ ...transaction, hash: hash(1).replace('01', 'zz') }, receipt],
      [{ ...transaction, from: null }, receipt],
      [{ ...transaction, input: '0x123' }, receipt],
      [{ ...transaction, input: 5 }, receipt],
      [{ ...transaction, transactionIndex: '2' }, receipt],
      [transaction, { ...receipt, status: undefined }],
      [transaction, { ...receipt, gasUsed: '0xffffffffffffffff' }],
      [transaction, { ...receipt, logs: {} }],
      [transaction, { ...receipt, logs: [null] }],
      [transaction, { ...receipt, logs: [{ ...log, topics: ['0x12'] }] }],
      [transaction, { ...receipt, logs: [{ ...log, address: hash(1) }] }],
    ]
    for (const [one, other] of wrong) {
      assert.throws(() => transactionOf(one, other), garbled, JSON.stringify([one, other]))
    }
    const header = { number: '0x1', hash: hash(1), parentHash: hash(2), timestamp: '0x3' }
    assert.deepEqual([headerOf(header).height, headerOf(header).time], [1, 3])
    for (const name of Object.keys(header)) {
      assert.throws(() => headerOf({ ...header, [name]: '0x' }), garbled, name)
    }
  })
})
