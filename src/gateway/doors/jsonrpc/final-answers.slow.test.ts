import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createMemoryChain } from '../../../testing/memory-chain.ts'
import { FinalAnswers } from './final-answers.ts'
import type { RpcCall } from './rpc-calls.ts'

const call = (method: string, id = '1', params: string[] = [], isPlain = true): RpcCall => ({
  ...{ raw: Buffer.from(`{"id": ${id}}`), id, method, params, isPlain },
})
const answer = (result: string, id = '1') =>
  Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":${result}}`)

describe('FinalAnswers', () => {
  it('gives an answer again with the id of who asks, for that chain and those parameters', () => {
    const [finals, chain] = [new FinalAnswers(), createMemoryChain()]
    finals.keep(chain, call('eth_chainId'), 0, answer('"0x539"'))
    const found = finals.find(chain, call('eth_chainId', '"b"'))
    assert.equal(found?.toString(), answer('"0x539"', '"b"').toString())
    assert.equal(finals.find(createMemoryChain(), call('eth_chainId')), undefined)
    assert.equal(finals.find(chain, call('eth_chainId', '1', ['x'])), undefined)
    assert.equal(finals.find(chain, call('eth_chainId', '1', [], false)), undefined)
  })

  it('gives no answer to an id that is written in its own way', () => {
    const [finals, chain] = [new FinalAnswers(), createMemoryChain()]
    finals.keep(chain, call('eth_chainId'), 0, answer('"0x539"'))
    for (const [written, id] of [
      ['"\\u0041"', '"A"'],
      ['1.0', '1'],
    ]) {
      const asked = { ...call('eth_chainId', id), raw: Buffer.from(`{"id":${written},"x":1}`) }
      assert.equal(finals.find(chain, asked), undefined, written)
    }
  })

  it('keeps what is in a final block alone, and no errors', () => {
    const [finals, chain] = [new FinalAnswers(), createMemoryChain()]
    chain.finalHeight = 16
    let asks = 0
    const isKept = (method: string, bytes: Buffer, params = [`0x${asks++}`]) => {
      const asked = call(method, '1', params)
      finals.keep(chain, asked, 0, bytes)
      return finals.find(chain, asked) !== undefined
    }
    const receipt = (block: string) => answer(`{"blockNumber":${block},"status":"0x1"}`)
    assert.ok(isKept('eth_getTransactionReceipt', receipt('"0x10"')))
    assert.ok(!isKept('eth_getTransactionReceipt', receipt('"0x11"')))
    assert.ok(!isKept('eth_getTransactionReceipt', receipt('null')))
    assert.ok(!isKept('eth_getTransactionReceipt', answer('null')))
    assert.ok(!isKept('eth_blockNumber', answer('"0x10"')))
    const error = Buffer.from('{"jsonrpc":"2.0","id":1,"error":{"blockNumber":"0x1"}}')
    assert.ok(!isKept('eth_getBlockByHash', error))
    const block = answer('[{"blockNumber":"0x10"}]')
    assert.ok(isKept('eth_getBlockReceipts', block))
    assert.ok(!isKept('eth_getBlockReceipts', block, ['latest']))
    const large = answer(`{"number":"0x1","x":"${'x'.repeat(70_000)}"}`)
    assert.ok(!isKept('eth_getBlockByHash', large))
  })

  it('forgets with the epoch, and what was asked in an earlier one is not kept', () => {
    const [finals, chain] = [new FinalAnswers(), createMemoryChain()]
    finals.keep(chain, call('eth_chainId'), 0, answer('"0x1"'))
    chain.epoch = 1
    assert.equal(finals.find(chain, call('eth_chainId')), undefined)
    finals.keep(chain, call('eth_chainId'), 0, answer('"0x1"'))
    assert.equal(finals.find(chain, call('eth_chainId')), undefined)
  })

  it('has a bound', () => {
    const [finals, chain] = [new FinalAnswers(), createMemoryChain()]
    const value = `{"number":"0x1","x":"${'x'.repeat(60_000)}"}`
    const asked = (i: number) => call('eth_getBlockByHash', '1', [`0x${i}`])
    for (let i = 0; i < 400; i++) finals.keep(chain, asked(i), 0, answer(value))
    const kept = Array.from({ length: 400 }, (_, i) => finals.find(chain, asked(i))).filter(Boolean)
    assert.ok(kept.length > 100 && kept.length < 280, String(kept.length))
    assert.ok(finals.find(chain, asked(399)))
  })
})
