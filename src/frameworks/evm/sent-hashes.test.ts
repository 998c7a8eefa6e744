import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keccak256 } from 'viem'
import { SentHashes } from './sent-hashes.ts'

const bodyOf = (value: unknown) => ({ body: new TextEncoder().encode(JSON.stringify(value)) })
const sending = (raw: unknown) => ({ method: 'eth_sendRawTransaction', params: [raw] })

describe('hashes of what was sent', () => {
  it('are of every transaction in a call, alone or among others', () => {
    const sent = new SentHashes()
    sent.take('coin', bodyOf(sending('0x01')))
    sent.take('coin', bodyOf([{ method: 'eth_chainId' }, sending('0x02'), sending('0x02')]))
    assert.deepEqual(sent.of('coin'), [keccak256('0x01'), keccak256('0x02')])
    assert.deepEqual(sent.of('other'), [])
  })

  it('pass over what sends nothing', () => {
    const sent = new SentHashes()
    const odd = [sending('0x1'), sending(7), { method: 'eth_sendRawTransaction' }, []]
    for (const one of odd) sent.take('coin', bodyOf(one))
    assert.deepEqual(sent.of('coin'), [])
  })

  it('are forgotten once they are known, and the oldest where there are too many', () => {
    const sent = new SentHashes()
    for (let i = 0; i < 10_005; i++) sent.add('coin', `0x${i.toString(16)}`)
    assert.equal(sent.of('coin').length, 10_000)
    assert.equal(sent.of('coin')[0], '0x5')
    sent.forget('coin', (hash) => hash !== '0x6')
    assert.deepEqual(sent.of('coin'), ['0x6'])
  })
})
