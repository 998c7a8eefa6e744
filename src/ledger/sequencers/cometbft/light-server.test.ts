import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { genesisFile } from './comet-home.ts'
import { openLightServer } from './light-server.ts'

const validators = Array.from({ length: 130 }, (_, i) => ({ address: `${i}` }))
const blockAt = (height: number) => ({ height, hash: 'AB', commit: { of: height }, validators })

async function asking(t: TestContext) {
  const blocks = [7, 8, 9].map(blockAt)
  const { url, close } = await openLightServer({ blocks, initialHeight: 5 })
  t.after(close)
  return async (method: string, params: Record<string, string>) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 3, method, params })
    const answer = await fetch(url, { method: 'POST', body })
    const { id, result, error } = (await answer.json()) as Record<string, unknown>
    assert.equal(id, 3)
    return { result: Object(result), error: Object(error) }
  }
}

describe("what CometBFT's light client asks", () => {
  it('is answered of three blocks', async (t) => {
    const ask = await asking(t)
    assert.deepEqual((await ask('commit', { height: '8' })).result, { of: 8 })
    const first = await ask('validators', { height: '7', page: '1', per_page: '100' })
    const second = await ask('validators', { height: '7', page: '2', per_page: '100' })
    const all = [...first.result.validators, ...second.result.validators]
    assert.deepEqual(all, validators)
    assert.deepEqual([second.result.count, second.result.total], ['30', '130'])
    const { result } = await ask('consensus_params', { height: '8' })
    const start = { ledger: 'bsn1x', initialHeight: 5, time: 1, validators: [] }
    const genesis = JSON.parse(genesisFile({ ...start, appHash: new Uint8Array(32) }))
    assert.deepEqual(result.consensus_params, genesis.consensus_params)
  })

  it('is not answered of others', async (t) => {
    const ask = await asking(t)
    for (const method of ['commit', 'validators', 'consensus_params']) {
      const { error } = await ask(method, { height: '10' })
      assert.match(error.data, /^height 10 is not available$/)
    }
    assert.equal((await ask('broadcast_tx_sync', { height: '8' })).error.code, -32_603)
    await assert.rejects(ask('x'.repeat(20_000), {}))
  })
})
