import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeBatch, fromBase64url, verifyKeyBundle, verifyReceipts } from '@openbsn/sdk'
import { testGateway, testStatement } from '../../../testing/gateway.ts'

type Posted = { app: Awaited<ReturnType<typeof testGateway>>['app']; url: string }

function post({ app, url }: Posted, type: string, payload: Uint8Array | string) {
  const body = typeof payload === 'string' ? payload : Buffer.from(payload)
  return app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload: body })
}

describe('POST entries, one statement', () => {
  it('says 201 with a place, then 200 with the same place', async () => {
    const { app, ledger, base } = await testGateway()
    const url = `${base}/entries`
    const statement = await testStatement(ledger, 'a')
    const first = await post({ app, url }, 'application/cose', statement)
    assert.equal(first.statusCode, 201)
    assert.equal(first.headers.location, `${base}/entries/0`)
    assert.deepEqual(first.json(), { outcome: 'appended', index: 0, height: 1 })

    const type = 'application/cose; cose-type="cose-sign1"'
    const again = await post({ app, url }, type, statement)
    assert.equal(again.statusCode, 200)
    assert.deepEqual(again.json(), { outcome: 'duplicate', index: 0, height: 1 })
  })

  it('gives a receipt that verifies, or says that it is pending', async () => {
    const { app, ledger, base } = await testGateway()
    const url = `${base}/entries?include=receipt`
    const answer = (
      await post({ app, url }, 'application/cose', await testStatement(ledger, 'a'))
    ).json()
    const bytes = (text: string) => fromBase64url(text) ?? new Uint8Array()
    const keys = verifyKeyBundle(ledger.keyBundle(), ledger.id)
    const verified = verifyReceipts(bytes(answer.statement), [bytes(answer.receipt)], keys)
    assert.equal(verified.index, answer.index)

    ledger.isSigning = false
    const next = await post({ app, url }, 'application/cose', await testStatement(ledger, 'b'))
    assert.equal(next.json().receipt, 'pending')
  })

  it('answers a refusal with its code as a problem', async () => {
    const { app, base } = await testGateway()
    const url = `${base}/entries`
    const answer = await post({ app, url }, 'application/cose', Uint8Array.of(1, 2))
    assert.equal(answer.statusCode, 400)
    assert.equal(answer.headers['content-type'], 'application/problem+json')
    const problem = answer.json()
    assert.deepEqual(Object.keys(problem), [
      'type',
      'title',
      'status',
      'detail',
      'code',
      'instance',
    ])
    assert.equal(problem.code, 'STATEMENT_WRONG_TAG')
    assert.equal(problem.type, '/docs/errors#statement_wrong_tag')
    assert.equal(problem.instance, answer.headers['x-request-id'])
  })
})

describe('POST entries, many statements', () => {
  it('refuses a bad one alone, in both forms', async () => {
    const { app, ledger, base } = await testGateway()
    const url = `${base}/entries`
    const batch = [
      await testStatement(ledger, 'a'),
      Uint8Array.of(9),
      await testStatement(ledger, 'b'),
    ]
    const answer = await post({ app, url }, 'application/cbor-seq', encodeBatch(batch))
    assert.equal(answer.statusCode, 200)
    const [a, bad, b] = answer.json().outcomes
    assert.deepEqual(a, { outcome: 'appended', index: 0, height: 1 })
    assert.deepEqual(b, { outcome: 'appended', index: 1, height: 1 })
    assert.equal(bad.outcome, 'refused')
    assert.equal(bad.code, 'STATEMENT_WRONG_TAG')

    const statements = batch.map((one) => Buffer.from(one).toString('base64url'))
    const text = JSON.stringify({ statements })
    const again = (await post({ app, url }, 'application/json', text)).json().outcomes
    assert.deepEqual(
      again.map((one: { outcome: string }) => one.outcome),
      ['duplicate', 'refused', 'duplicate'],
    )
  })

  it('takes nothing of a batch whose framing is broken', async () => {
    const { app, ledger, base } = await testGateway()
    const url = `${base}/entries`
    const good = encodeBatch([await testStatement(ledger, 'a')])
    const tails = [
      [0x42, 1],
      [0x5f, 0x41, 0, 0xff],
      [0x58, 1, 0],
      [0x63, 97, 98, 99],
      [0x80],
      [0x1c],
    ]
    for (const tail of tails) {
      const body = Buffer.concat([good, Buffer.from(tail)])
      const answer = await post({ app, url }, 'application/cbor-seq', body)
      assert.equal(answer.statusCode, 400)
      assert.equal(answer.json().code, 'BATCH_MALFORMED')
    }
    assert.equal(
      (await post({ app, url }, 'application/cbor-seq', '')).json().code,
      'BATCH_MALFORMED',
    )
    const none = await post({ app, url }, 'application/json', '{"statements":[]}')
    assert.equal(none.json().code, 'BATCH_MALFORMED')
    for (const text of ['AA=', 'AA==', 'A', 'A A', '+/+/', 'AB']) {
      const odd = await post(
        { app, url },
        'application/json',
        JSON.stringify({ statements: [text] }),
      )
      assert.equal(odd.json().code, 'BATCH_MALFORMED', text)
    }
    assert.equal(ledger.head.height, 0)
  })
})

describe('POST entries, limits and counts', () => {
  it('has a limit of statements and of bytes', async () => {
    const { app, ledger, base } = await testGateway()
    const url = `${base}/entries`
    const many = await post({ app, url }, 'application/cbor-seq', Buffer.alloc(10_001, 0x40))
    assert.equal(many.statusCode, 413)
    assert.equal(many.json().code, 'BATCH_TOO_LARGE')
    const statements = Array.from({ length: 10_001 }, () => '')
    const text = await post({ app, url }, 'application/json', JSON.stringify({ statements }))
    assert.equal(text.json().code, 'BATCH_TOO_LARGE')
    const large = await post(
      { app, url },
      'application/cbor-seq',
      Buffer.alloc(8 * 1024 * 1024 + 1),
    )
    assert.equal(large.statusCode, 413)
    assert.equal(large.json().code, 'BODY_TOO_LARGE')
    assert.equal(ledger.head.height, 0)
  })

  it('counts outcomes', async () => {
    const { app, deps, ledger, base } = await testGateway()
    const statement = await testStatement(ledger, 'a')
    const body = encodeBatch([statement, statement, Uint8Array.of(0)])
    await post({ app, url: `${base}/entries` }, 'application/cbor-seq', body)
    const text = await deps.metrics.text()
    for (const result of ['appended', 'duplicate', 'refused']) {
      const line = `bsn_tx_submitted_total{engine="records",result="${result}"} 1`
      assert.ok(text.includes(line), line)
    }
    assert.match(text, /^bsn_idempotency_replays_total 1$/m)
    assert.match(text, /^bsn_tx_commit_duration_seconds_count\{engine="records"\} 1$/m)
  })
})
