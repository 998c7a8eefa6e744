import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toBase64url } from './base64url.ts'
import { utf8 } from './bytes.ts'
import { createClient } from './client.ts'

type Asked = { method: string; path: string; body: string; headers: Record<string, string> }

/** A gateway that gives these answers in turn, and remembers what it was asked. */
function gateway(...answers: (Response | Error)[]) {
  const asked: Asked[] = []
  const doFetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    const path = String(url).replace('http://127.0.0.1:8420/api/v1/ledgers/l', '')
    const headers = { ...(init.headers as Record<string, string>) }
    asked.push({ method: init.method ?? 'GET', path, body: String(init.body ?? ''), headers })
    const answer = answers.shift() ?? Response.json({})
    if (answer instanceof Error) throw answer
    return answer
  }
  const client = createClient({
    gateways: [{ url: 'http://127.0.0.1:8420', operator: 'acme' }],
    ledger: 'l',
    apiKey: { key: 'live_x', operators: ['acme'] },
    retryDelayMs: 1,
    attemptsMax: 2,
    fetch: doFetch as typeof fetch,
  })
  return { client, asked }
}

const problem = (status: number, code: string) => Response.json({ code, detail: '' }, { status })

describe('records', () => {
  it('keep one Idempotency-Key over every try, and tell it', async () => {
    const { client, asked } = gateway(new TypeError('cut'), Response.json({ index: 1 }))
    await client.records('s').put({ value: { a: 1 }, key: 'k' })
    const [first, second] = asked.map(({ headers }) => headers['idempotency-key'])
    assert.match(String(first), /^"[A-Za-z0-9_-]{22}"$/)
    assert.equal(first, second)
    assert.deepEqual(
      [asked[0]?.body, asked[0]?.headers.authorization, asked[0]?.headers['content-type']],
      ['{"value":{"a":1},"key":"k"}', 'Bearer live_x', 'application/json'],
    )
    const other = gateway(problem(422, 'IDEMPOTENCY_KEY_REUSED'))
    const reused = other.client.records('s').put({ value: 1 }, { idempotencyKey: 'a "b"' })
    const details = { status: 422, request: 'a "b"' }
    await assert.rejects(reused, { code: 'IDEMPOTENCY_KEY_REUSED', details })
    assert.equal(other.asked[0]?.headers['idempotency-key'], '"a \\"b\\""')
  })

  it('ask at the addresses of the contract', async () => {
    const { client, asked } = gateway()
    const records = client.records('a b')
    await records.putMany([{ value: 1 }], { receipts: true })
    await records.get('x/y')
    await records.list({ key: 'k', limit: 3 })
    await records.history('k', { order: 'newest' })
    await records.status('r/1', 2)
    assert.deepEqual(
      asked.map(({ method, path }) => `${method} ${path}`),
      [
        'POST /services/a%20b/records?include=receipt',
        'GET /services/a%20b/records/x%2Fy',
        'GET /services/a%20b/records?key=k&limit=3',
        'GET /services/a%20b/records/k/history?order=newest',
        'GET /services/a%20b/requests/r%2F1?row=2',
      ],
    )
    assert.equal(asked[0]?.body, '{"records":[{"value":1}]}')
  })
})

describe('the directory and webhooks', () => {
  it('are asked at the addresses of the contract', async () => {
    const { client, asked } = gateway()
    await client.service('s')
    await client.services({ status: 'running' })
    await client.participants('s', { role: 'r' })
    await client.frozenAccounts('s', { limit: 2 })
    await client.credential('c')
    await client.credentials('s', { status: 'active' })
    await client.node('n')
    await client.nodes({ operator: 'acme' })
    await client.usage({ from: '2026-11-25' })
    const hooks = client.webhooks('s')
    await hooks.create({ url: 'https://x.example' })
    const noList = { code: 'GATEWAY_ANSWER_INVALID' }
    await assert.rejects(hooks.list(), noList)
    await hooks.get('w')
    await hooks.change('w', { state: 'paused' })
    await hooks.delete('w')
    await hooks.rotate('w')
    await hooks.deliveries('w', { limit: 1 })
    await hooks.deadLetters('w', { cursor: 'c' })
    await hooks.forgetDeadLetters('w', 7)
    await hooks.replay('w', { from: 0 })
    await hooks.test('w')
    await assert.rejects(client.consumers('a b').list(), noList)
    await client.consumers('s').delete('tail/1')
    assert.deepEqual(
      asked.map(({ method, path }) => `${method} ${path}`),
      [
        'GET /services/s',
        'GET /services?status=running',
        'GET /services/s/participants?role=r',
        'GET /services/s/frozen-accounts?limit=2',
        'GET /credentials/c',
        'GET /services/s/credentials?status=active',
        'GET /nodes/n',
        'GET /nodes?operator=acme',
        'GET /usage?from=2026-11-25',
        'POST /services/s/webhooks',
        'GET /services/s/webhooks',
        'GET /services/s/webhooks/w',
        'PATCH /services/s/webhooks/w',
        'DELETE /services/s/webhooks/w',
        'POST /services/s/webhooks/w/secret',
        'GET /services/s/webhooks/w/deliveries?limit=1',
        'GET /services/s/webhooks/w/dead-letters?cursor=c',
        'DELETE /services/s/webhooks/w/dead-letters?position=7',
        'POST /services/s/webhooks/w/replay',
        'POST /services/s/webhooks/w/test',
        'GET /services/a%20b/events/consumers',
        'DELETE /services/s/events/consumers/tail%2F1',
      ],
    )
  })
})

/** A gateway that gives these answers in turn, and what it was asked. */
function privateGateway(...answers: Response[]) {
  const asked: { method: string; path: string; body: unknown }[] = []
  const doFetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    const path = String(url).replace(/^.*\/ledgers\/bsn1aa/, '')
    const { method = 'GET', body } = init
    asked.push({ method, path, body: typeof body === 'string' ? JSON.parse(body) : body })
    return answers.shift() ?? assert.fail('one request too many')
  }
  const client = createClient({
    gateway: 'http://127.0.0.1:8420',
    ledger: 'bsn1aa',
    fetch: doFetch as typeof fetch,
  })
  return { records: client.records('city'), asked }
}

describe('private records of the client', () => {
  it('are written for a subject, opened and erased', async () => {
    const salt = new Uint8Array(32).fill(7)
    const opened = { index: 4, contentType: 'text/plain', payload: utf8('"x"') }
    const texts = { salt: toBase64url(salt), payload: toBase64url(opened.payload) }
    const { records, asked } = privateGateway(
      Response.json({ outcome: 'appended', index: 4, height: 2, time: 1, request: 'r' }),
      Response.json({ ...opened, ...texts }),
      Response.json({ erased: 1, index: 5, height: 3, time: 2 }),
    )
    const record = { key: 'meter/1', value: 'x', private: { subject: 'a b/c' } }
    await records.put(record)
    assert.deepEqual(await records.open(4), { ...opened, salt })
    assert.equal((await records.erase('a b/c')).erased, 1)
    assert.deepEqual(asked, [
      { method: 'POST', path: '/services/city/records', body: record },
      { method: 'GET', path: '/services/city/private/4', body: undefined },
      { method: 'DELETE', path: '/services/city/subjects/a%20b%2Fc', body: undefined },
    ])
  })

  it('say by code that they were erased, and what makes no sense', async () => {
    const broken = { index: 4, contentType: 'text/plain', salt: '!', payload: '' }
    const { records } = privateGateway(problem(410, 'ERASED'), Response.json(broken))
    await assert.rejects(records.open(4), { code: 'ERASED', details: { status: 410 } })
    await assert.rejects(records.open(4), { code: 'GATEWAY_ANSWER_INVALID' })
  })
})
