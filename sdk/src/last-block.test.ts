import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClient } from './client.ts'
import { type LastBlock, lastBlockIn } from './last-block.ts'

describe('how old an answer is', () => {
  it('is read from its header, and never guessed', () => {
    const block = { height: 7, time: 1_800_000_000, age: 12 }
    assert.deepEqual(lastBlockIn('7; time=1800000000; age=12'), block)
    const lost = '7; time=1800000000; age=12; no-quorum-since=1800000004'
    assert.deepEqual(lastBlockIn(lost), { ...block, noQuorumSince: 1_800_000_004 })
    const wrong = ['', '7', 'x; time=1; age=2', '7; time=1; age=-2', `${lost}; more=1`, ` ${lost}`]
    for (const header of [null, ...wrong]) assert.equal(lastBlockIn(header), undefined, `${header}`)
  })

  it('is told with every answer, a refusal too', async () => {
    const told: [string, LastBlock][] = []
    const headers = { 'x-bsn-block': '7; time=1800000000; age=3; no-quorum-since=1800000001' }
    const answers = [
      Response.json({ code: 'LEDGER_NO_QUORUM', detail: 'nothing now' }, { status: 503, headers }),
      Response.json({ height: 7 }, { headers: { 'x-bsn-block': '8; time=1800000009; age=0' } }),
    ]
    const client = createClient({
      ...{ gateway: 'http://127.0.0.1:1', ledger: 'bsn1aa', retryDelayMs: 1 },
      fetch: (async () => answers.shift()) as unknown as typeof fetch,
      onBlock: (gateway, block) => told.push([gateway, block]),
    })
    await client.checkpoint()
    const lost = { height: 7, time: 1_800_000_000, age: 3, noQuorumSince: 1_800_000_001 }
    assert.deepEqual(told, [
      ['http://127.0.0.1:1', lost],
      ['http://127.0.0.1:1', { height: 8, time: 1_800_000_009, age: 0 }],
    ])
  })
})
