import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import { fromUtf8 } from './bytes.ts'
import { createTransport, type TransportOptions } from './transport.ts'
import type { Request } from './try-gateway.ts'

type Asked = { readonly url: string; readonly key: string; readonly body: string; auth: string }

/** A real server that answers as told, and remembers what came. */
async function server(
  t: TestContext,
  answer: (response: ServerResponse, request: IncomingMessage, count: number) => unknown,
) {
  const asked: Asked[] = []
  const http = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    const { authorization: auth = '', 'idempotency-key': key } = request.headers
    asked.push({ url: request.url ?? '', key: String(key ?? ''), body, auth })
    answer(response, request, asked.length)
  }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  const address = http.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, asked }
}

/** Where nothing listens. */
async function closedAddress(): Promise<string> {
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address()
  http.close()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

const good = (response: ServerResponse) => response.end('good')
const cut = (response: ServerResponse) => response.destroy()
const status = (code: number, headers: Record<string, string> = {}, body = '{}') => {
  return (response: ServerResponse) => response.writeHead(code, headers).end(body)
}
const send = (options: Omit<TransportOptions, 'ledger'>) => {
  const ask = createTransport({ ledger: 'l', retryDelayMs: 1, prefer: 'first', ...options }).send
  return async (path: string, request?: Request) => fromUtf8(await ask(path, request))
}
const post: Request = { method: 'POST', headers: { 'idempotency-key': 'k' }, body: 'record' }

describe('several gateways', () => {
  it('are found by the answer of one without the ledger, and get no API key', async (t) => {
    const second = await server(t, good)
    const gateways = [second.url, 'http://10.0.0.1', 'https://user@x', 7]
    const body = JSON.stringify({ code: 'LEDGER_ELSEWHERE', detail: 'ask others', gateways })
    const first = await server(t, status(404, {}, body))
    const ask = send({ gateways: [first.url] })
    assert.equal(await ask('/records', post), 'good')
    assert.equal(await ask('/records', post), 'good')
    assert.deepEqual([first.asked.length, second.asked.length], [1, 2])
    const apiKey = { key: 'secret', operators: ['a'] }
    const keyed = send({ gateways: [{ url: first.url, operator: 'a' }], apiKey })
    await assert.rejects(keyed('/records', { ...post, isPrivate: true }), {
      code: 'LEDGER_ELSEWHERE',
    })
    assert.equal(second.asked.length, 2)
  })

  it('get the same request in turn until one answers', async (t) => {
    for (const bad of [cut, status(502), status(503), status(504)]) {
      const [first, second] = [await server(t, bad), await server(t, good)]
      const ask = send({ gateways: [first.url, { url: second.url }] })
      assert.equal(await ask('/records', post), 'good')
      assert.deepEqual(first.asked, second.asked)
      const expected = { url: '/api/v1/ledgers/l/records', key: 'k', body: 'record', auth: '' }
      assert.deepEqual(second.asked, [expected])
      await ask('/records', post)
      assert.deepEqual([first.asked.length, second.asked.length], [1, 2], 'the bad one rests')
    }
  })

  it('are asked again after a rest', async (t) => {
    const first = await server(t, (response, _, count) => (count === 1 ? cut : good)(response))
    const second = await server(t, good)
    const ask = send({ gateways: [first.url, second.url], restMs: 1 })
    await ask('/a')
    await new Promise((resolve) => setTimeout(resolve, 20))
    await ask('/b')
    // Where a busy machine took longer than the rest, the first one was asked again at once.
    const counts = [first.asked.length, second.asked.length]
    assert.ok(['2,1', '3,0'].includes(String(counts)), String(counts))
  })

  it('are not changed for what the request itself is refused for', async (t) => {
    const [first, second] = [await server(t, status(422)), await server(t, good)]
    await assert.rejects(send({ gateways: [first.url, second.url] })('/a', post), {
      details: { status: 422 },
    })
    assert.deepEqual(second.asked, [])
  })

  it('leave a fate unknown that one of them left so', async (t) => {
    const [first, second] = [await server(t, cut), await server(t, status(403))]
    const gateways = [first.url, second.url]
    await assert.rejects(send({ gateways })('/a', post), {
      code: 'GATEWAY_UNREACHABLE',
      details: { fate: 'unknown' },
    })
    const dead = await closedAddress()
    const lost = send({ gateways: [first.url, dead], attemptsMax: 2 })('/a', post)
    await assert.rejects(lost, { details: { fate: 'unknown' } })
    const nothing = send({ gateways: [dead, dead], attemptsMax: 2 })('/a', post)
    await assert.rejects(nothing, { details: { fate: 'not_sent' } })
    const told = JSON.stringify({ code: 'CALL_FATE_UNKNOWN', detail: 'so' })
    const honest = await server(t, status(503, {}, told))
    const both = send({ gateways: [honest.url, dead], attemptsMax: 2 })('/a', post)
    await assert.rejects(both, {
      code: 'CALL_FATE_UNKNOWN',
      details: { status: 503, fate: 'unknown' },
    })
  })
})

describe('waiting', () => {
  it('is for a moment where too much is asked, and not for the end of a day', async (t) => {
    const busy = await server(t, (response, _, count) => {
      if (count === 1) status(429, { 'retry-after': '1' })(response)
      else good(response)
    })
    assert.equal(await send({ gateway: busy.url })('/a'), 'good')
    const full = await server(t, status(429, { 'retry-after': '3600' }))
    const details = { status: 429, retryAfter: 3600 }
    await assert.rejects(send({ gateway: full.url })('/a'), { details })
    assert.equal(full.asked.length, 1)
  })
})

describe('an API key', () => {
  const apiKey = { key: 'test_secret', operators: ['acme'] }

  it('goes only to operators that the credential names, and only where it is needed', async (t) => {
    const [stranger, own] = [await server(t, good), await server(t, good)]
    const gateways = [
      { url: stranger.url, operator: 'mallory' },
      stranger.url,
      { url: own.url, operator: 'acme' },
    ]
    const ask = send({ gateways, apiKey })
    await ask('/records', { ...post, isPrivate: true })
    await ask('/checkpoint')
    assert.deepEqual(
      own.asked.map(({ auth }) => auth),
      ['Bearer test_secret'],
    )
    assert.deepEqual(
      stranger.asked.map(({ auth }) => auth),
      [''],
    )
    const strangers = send({ gateways: gateways.slice(0, 2), apiKey })
    await assert.rejects(strangers('/records', { isPrivate: true }), {
      code: 'GATEWAY_NOT_ALLOWED',
    })
    await assert.rejects(send({ gateways: [] })('/a'), { code: 'GATEWAY_NOT_ALLOWED' })
  })

  it('goes nowhere that a redirect leads', async (t) => {
    const other = await server(t, good)
    const own = await server(t, status(307, { location: other.url }))
    const gateways = [{ url: own.url, operator: 'acme' }]
    const ask = send({ gateways, apiKey, attemptsMax: 1 })
    await assert.rejects(ask('/a', { isPrivate: true }), { code: 'GATEWAY_UNREACHABLE' })
    assert.deepEqual(other.asked, [])
  })
})
