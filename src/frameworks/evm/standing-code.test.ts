import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Chain } from './chain.ts'
import { StandingCode } from './standing-code.ts'

/** A chain that has code at one address until it begins another epoch. */
function chainWith(address: string) {
  const state = { epoch: 0, looks: 0 }
  const send: Chain['send'] = async ({ body }) => {
    state.looks++
    const { id, params } = JSON.parse(new TextDecoder().decode(body))
    const result = params[0] === address && state.epoch === 0 ? '0x60' : '0x'
    return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result }))
  }
  const chain = {
    ...({ send, chainId: 1, kind: 'sandbox', lossSecondsMax: 0, finalHeight: 0 } as const),
    openStream: () => assert.fail('nobody listens'),
    get epoch() {
      return state.epoch
    },
  }
  return { chain, state }
}

describe('the code of contracts', () => {
  it('is looked for once in each epoch', async () => {
    const { chain, state } = chainWith('0xaa')
    const code = new StandingCode()
    const both = ['0xaa', '0xAA'] as const
    await Promise.all(both.map((address) => code.require(chain, 'coin', address)))
    assert.equal(state.looks, 1)
    state.epoch = 1
    await assert.rejects(code.require(chain, 'coin', '0xaa'), { code: 'CONTRACT_MISSING' })
  })

  it('is looked for again where it was missing', async () => {
    const { chain, state } = chainWith('0xaa')
    const code = new StandingCode()
    for (const looks of [1, 2]) {
      await assert.rejects(code.require(chain, 'coin', '0xbb'), { code: 'CONTRACT_MISSING' })
      assert.equal(state.looks, looks)
    }
  })
})
