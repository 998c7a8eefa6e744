import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createMemoryChain } from '../../../testing/memory-chain.ts'
import type { Chain } from '../chain.ts'
import { bumped, createFeeSource } from './fees.ts'

const { signal } = new AbortController()

function setUp(kind: Chain['kind'], results: Record<string, unknown>) {
  const chain = createMemoryChain(kind)
  chain.respond = ({ body }) => {
    const parsed = JSON.parse(Buffer.from(body).toString())
    const list = (Array.isArray(parsed) ? parsed : [parsed]) as { id: number; method: string }[]
    return JSON.stringify(list.map(({ id, method }) => ({ id, result: results[method] ?? null })))
  }
  const time = { nowMs: 0 }
  const fees = createFeeSource({ freshMs: 1000 }, { chain, nowMs: () => time.nowMs })
  return { chain, fees, time }
}

const block = { baseFeePerGas: '0x64', gasLimit: '0x1c9c380' }

describe('fees', () => {
  it('of others are what half of the last transactions offer, and twice the base fee', async () => {
    const reward = [['0x5'], ['0x0'], ['0x9'], ['0x7']]
    const { fees } = setUp('external', {
      eth_getBlockByNumber: block,
      eth_feeHistory: { baseFeePerGas: ['0x64', '0x6e'], reward },
      eth_maxPriorityFeePerGas: '0x3',
    })
    assert.deepEqual(await fees.current(signal), {
      baseFeePerGas: 110n,
      maxFeePerGas: 227n,
      maxPriorityFeePerGas: 7n,
      blockGasMax: 30_000_000n,
    })
  })

  it('are what the chain suggests where its blocks are empty', async () => {
    const { fees } = setUp('external', {
      eth_getBlockByNumber: block,
      eth_feeHistory: { baseFeePerGas: ['0x64', '0x64'], reward: [['0x0'], ['0x0']] },
      eth_maxPriorityFeePerGas: '0x3',
    })
    const { maxFeePerGas, maxPriorityFeePerGas } = await fees.current(signal)
    assert.deepEqual([maxFeePerGas, maxPriorityFeePerGas], [203n, 3n])
  })

  it('are asked for once in a while, and when what is remembered was wrong', async () => {
    const { chain, fees, time } = setUp('sandbox', { eth_getBlockByNumber: block })
    await Promise.all([fees.current(signal), fees.current(signal)])
    time.nowMs = 1000
    await fees.current(signal)
    assert.equal(chain.asked.length, 1)
    time.nowMs = 1001
    await fees.current(signal)
    assert.equal(chain.asked.length, 2)
    fees.forget()
    await fees.current(signal)
    assert.equal(chain.asked.length, 3)
  })

  it('are not remembered where the chain gave none', async () => {
    const { chain, fees } = setUp('sandbox', { eth_getBlockByNumber: { gasLimit: 'much' } })
    for (const times of [1, 2]) {
      await assert.rejects(fees.current(signal), { code: 'CHAIN_GARBLED' })
      assert.equal(chain.asked.length, times)
    }
  })

  it('are raised by an eighth at least, to what is asked for, and never above the limit', () => {
    const before = { maxFeePerGas: 80n, maxPriorityFeePerGas: 8n }
    const less = { maxFeePerGas: 10n, maxPriorityFeePerGas: 1n }
    const more = { maxFeePerGas: 500n, maxPriorityFeePerGas: 400n }
    assert.deepEqual(bumped(before, less, 1000n), { maxFeePerGas: 91n, maxPriorityFeePerGas: 10n })
    assert.deepEqual(bumped(before, more, 1000n), more)
    assert.deepEqual(bumped(before, more, 300n), { maxFeePerGas: 300n, maxPriorityFeePerGas: 300n })
    assert.equal(bumped(before, more, 90n), undefined)
  })
})
