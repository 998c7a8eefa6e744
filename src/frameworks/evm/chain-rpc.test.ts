import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ask, askMany } from './chain-rpc.ts'

const { signal } = new AbortController()

/** A chain that answers with these bytes. */
function answering(text: string) {
  const sent: unknown[] = []
  return {
    sent,
    send: async ({ body }: { readonly body: Uint8Array }) => {
      sent.push(JSON.parse(new TextDecoder().decode(body)))
      return Buffer.from(text)
    },
  }
}

describe('questions to a chain', () => {
  it('go as one batch, and answers find their places', async () => {
    const chain = answering('[{"id":1,"error":{"code":-32000,"message":"no"}},{"id":0,"result":7}]')
    const requests = ['a', 'b'].map((method) => ({ method, params: [] }))
    const answers = await askMany(chain, requests, { signal })
    assert.deepEqual(
      answers.map((answer) => ('result' in answer ? answer.result : answer.error.message)),
      [7, 'no'],
    )
    assert.deepEqual(chain.sent, [
      [
        { jsonrpc: '2.0', id: 0, method: 'a', params: [] },
        { jsonrpc: '2.0', id: 1, method: 'b', params: [] },
      ],
    ])
    assert.deepEqual(await askMany(chain, [], { signal }), [])
  })

  it('say what the chain refused', async () => {
    const error = { code: 3, message: 'execution reverted', data: '0x08c379a0' }
    const chain = answering(JSON.stringify({ id: 0, error }))
    await assert.rejects(ask(chain, 'eth_call', [], { signal }), {
      code: 'CHAIN_REFUSED',
      message: 'eth_call: execution reverted',
      details: { code: '3', data: '0x08c379a0' },
    })
  })

  it('take no other answer for one of theirs', async () => {
    for (const text of ['', 'null', '{}', '{"id":5,"result":1}', '[]', '{"id":0}']) {
      await assert.rejects(ask(answering(text), 'eth_chainId', [], { signal }), {
        code: 'CHAIN_GARBLED',
      })
    }
  })
})
