import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ReadBlock } from '../../../frameworks/blocks/block.ts'
import type { Registration } from './event-store.ts'
import { valueText } from './mac-text.ts'
import { noticesOf } from './notices.ts'

const transaction = {
  status: 1,
  ...{ place: 0, sender: Buffer.from('x'), receiver: null, created: null, gasUsed: 0 },
  ...{ input: Buffer.alloc(32), act: null },
} as const
const logOf = (contract: string, name: string, data: Buffer) => ({
  index: 0,
  address: Buffer.from(contract),
  topics: Buffer.concat([Buffer.from(name)], 32),
  data,
})
const block: ReadBlock = {
  ...{ height: 7, hash: Buffer.alloc(32, 1), parent: Buffer.alloc(32, 2), time: 1 },
  transactions: [
    { ...transaction, hash: Buffer.alloc(32, 3), logs: [logOf('kv', 'set', Buffer.from('été'))] },
    { ...transaction, hash: Buffer.alloc(32, 4), logs: [logOf('kv', 'drop', Buffer.from('x'))] },
    { ...transaction, hash: Buffer.alloc(32, 5), logs: [logOf('other', 'set', Buffer.from('x'))] },
    { ...transaction, hash: Buffer.alloc(32, 6), logs: [logOf('kv', 'set', Buffer.of(0xff))] },
  ],
}
const registration: Registration = {
  ...{ ledger: 'bsn1test', application: 'a', id: 'e1', service: 'coin', userCode: 'u' },
  ...{ kind: 'contract', contract: 'kv', eventKey: 'set', url: 'http://x/', attached: 'mine' },
  ...{ created: 0, position: 0 },
}
const how = { mspId: 'alphaMSP', isWanted: (name: string) => name === 'set' }

it('a block tells of its events in the order that is signed, each with a nonce that stays', () => {
  const [first, second, ...more] = noticesOf(block, registration, how)
  assert.ok(first && second && more.length === 0)
  assert.deepEqual(Object.keys(first), [
    ...['chainCode', 'orgCode', 'eventKey', 'eventId', 'attachArgs', 'eventName', 'txId'],
    ...['payload', 'blockNumber', 'nonceStr'],
  ])
  const id = '03'.repeat(32)
  assert.equal(valueText(first), `kvalphaMSPsete1mineset${id}été7${first.nonceStr}`)
  // What is no text is told in base64.
  assert.equal(second.payload, '/w==')
  assert.notEqual(second.nonceStr, first.nonceStr)
  assert.deepEqual(noticesOf(block, registration, how), [first, second])
})

it('whoever waits for blocks is told of each, with the one before it', () => {
  const blocks: Registration = { ...registration, kind: 'block', contract: '', eventKey: '' }
  const [only, ...more] = noticesOf(block, blocks, how)
  assert.ok(only && more.length === 0)
  const { nonceStr, previousHash, blockNumber, payload } = only
  assert.deepEqual([blockNumber, payload, previousHash], [7, '', '02'.repeat(32)])
  assert.equal(valueText(only), `alphaMSPe1mine7${nonceStr}${previousHash}`)
})
