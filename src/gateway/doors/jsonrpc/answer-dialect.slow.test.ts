import assert from 'node:assert/strict'
import { lookup } from 'node:dns'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import type { CborValue } from '@openbsn/sdk'
import { createExternalChains } from '../../../frameworks/evm/external/external-chains.ts'
import { apiKeyOf, putCredential, putObject, putService } from '../../../testing/access.ts'
import { testGateway, testGatewayDeps } from '../../../testing/gateway.ts'
import { createMemoryChain } from '../../../testing/memory-chain.ts'
import { startRestUpstream } from '../../../testing/rest-upstream.ts'

type Fields = Record<string, CborValue>
type Sent = { method?: 'GET' | 'HEAD' | 'POST'; headers?: Record<string, string>; body?: string }
const functions = ['call', 'send', 'events']

/** A gateway with the EVM service `coin` over a chain of others that has one dialect, `rest`. */
async function setUp(t: TestContext, credential: Fields = {}) {
  const upstream = await startRestUpstream(t, '{"block":"7"}')
  const rest = [{ url: `${upstream.url}/v1`, headers: { authorization: 'Bearer inner' } }]
  const upstreams = [{ url: upstream.url }]
  const chains = createExternalChains(
    { chains: { coin: { chainId: 7, upstreams, rest } }, timeoutMs: 3000, answerBytesMax: 5000 },
    {
      ...{ isEvm: () => true, lookup, publicLookup: lookup, onNotice: () => undefined },
      nowMs: () => performance.now(),
    },
  )
  t.after(() => chains.close())
  const parts = testGatewayDeps()
  const ledgers = parts.deps.ledgers.map((one) => ({ ...one, chains }))
  const gateway = await testGateway({}, { ...parts, deps: { ...parts.deps, ledgers } })
  const { app, ledger } = gateway
  t.after(() => app.close())
  putService(ledger, 'coin', { framework: 'evm', functions })
  putCredential(ledger, 'c', { service: 'coin', ...credential })
  const base = `/api/${apiKeyOf('c')}/coin/rest`
  const ask = async (url: string, { method = 'GET', headers = {}, body }: Sent = {}) =>
    app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) })
  const told = async (url: string, sent: Sent = {}) => {
    const { statusCode, body } = await ask(url, sent)
    return `${statusCode} ${body}`
  }
  const post = (body = 'x', url = base) => told(url, { method: 'POST', body })
  return { ...gateway, chains, upstream, base, ask, told, post }
}

describe('a dialect at the door', () => {
  it('gets path, query and body as they are, and no header but two', async (t) => {
    const { upstream, base, ask } = await setUp(t)
    upstream.react = (response) => {
      response.writeHead(418, { 'content-type': 'application/x', 'set-cookie': 'a=b', server: 's' })
      response.end('\u0001 odd')
    }
    const headers = { accept: 'a/b', 'content-type': 'application/cbor', cookie: 'c', 'x-a': 'b' }
    const tail = '/a%20b//c%2Fd/..e/?q=%2e%2e/../&r'
    const got = await ask(`${base}${tail}`, { method: 'POST', headers, body: '{ "a" :1}' })
    const [asked = assert.fail()] = upstream.asked
    assert.deepEqual([asked.method, asked.url, asked.body], ['POST', `/v1${tail}`, '{ "a" :1}'])
    const { host, connection, ...passed } = asked.headers
    assert.deepEqual(passed, {
      ...{ accept: 'a/b', 'content-type': 'application/cbor', 'content-length': '9' },
      authorization: 'Bearer inner',
    })
    assert.ok(host && connection)
    assert.deepEqual([got.statusCode, got.body], [418, '\u0001 odd'])
    assert.equal(got.headers['content-type'], 'application/x')
    assert.equal(got.headers['x-bsn-chain'], '7; kind=external')
    assert.deepEqual([got.headers['set-cookie'], got.headers.server], [undefined, undefined])
    const head = await ask(base, { method: 'HEAD' })
    assert.deepEqual([head.statusCode, head.body, upstream.asked[1]?.method], [418, '', 'GET'])
  })

  it('runs no page on the origin of the portal', async (t) => {
    const { upstream, base, ask } = await setUp(t)
    upstream.react = (response) =>
      response.setHeader('content-type', 'text/html').end('<script>fetch("/portal/v1")</script>')
    const { headers } = await ask(base)
    assert.equal(headers['content-type'], 'text/html')
    assert.equal(headers['content-security-policy'], "default-src 'none'; sandbox")
    assert.equal(headers['x-content-type-options'], 'nosniff')
  })

  it('is found by key and chain in the path, or in headers', async (t) => {
    const { upstream, told } = await setUp(t)
    const key = { 'x-api-key': apiKeyOf('c') }
    const both = { ...key, 'x-api-chain-type': 'coin' }
    const ways: [string, Record<string, string>, string][] = [
      [`/api/${apiKeyOf('c')}/coin/rest`, {}, '/v1'],
      [`/api/${apiKeyOf('c')}/coin/rest/`, {}, '/v1/'],
      [`/api/${apiKeyOf('c')}/coin/rest/a/b?c`, {}, '/v1/a/b?c'],
      ['/api/c/coin/rest/a', key, '/v1/a'],
      ['/api/coin/rest', key, '/v1'],
      ['/api/coin/rest/a', key, '/v1/a'],
      ['/api/coin/rest/rpc/b?c', key, '/v1/rpc/b?c'],
      ['/api/rest?c', both, '/v1?c'],
      ['/api/rest/a/rest/b', both, '/v1/a/rest/b'],
    ]
    for (const [url, headers, wanted] of ways) {
      assert.equal(await told(url, { headers }), '200 {"block":"7"}', url)
      assert.equal(upstream.asked.at(-1)?.url, wanted, url)
    }
  })
})

describe('what a dialect is refused', () => {
  it('is for who may ask it, and only where the chain has it', async (t) => {
    const { told, post, base, upstream, ledger, chains, deps } = await setUp(t)
    const none = '404 {"message":"no Route matched with those values"}'
    const unknown = '401 {"message":"UNAUTHORIZED: please check the project config"}'
    assert.equal(await told(base.replace('rest', 'rest2')), none)
    assert.equal(await told(base.replace('coin', 'other')), none)
    assert.equal(await told(`/api/${apiKeyOf('x')}/coin/rest`), unknown)
    const reader = `/api/${apiKeyOf('r')}/coin/rest`
    putCredential(ledger, 'r', { service: 'coin', scopes: ['records:read'] })
    assert.match(await post('x', reader), /^403 {"message":".*records:write/)
    assert.deepEqual(upstream.asked, [])
    assert.match(await told(reader), /^200/)
    putCredential(ledger, 'f', { service: 'coin', status: 'frozen' })
    const dead = `/api/${apiKeyOf('f')}/coin/rest`
    assert.equal(await told(dead), '401 {"message":"UNAUTHORIZED: accessKey is deactivated"}')
    putService(ledger, 'coin', { framework: 'evm', functions, status: 'frozen' })
    assert.match(await told(reader), /^200/)
    assert.match(await post('x', reader), /^403/)
    Object.assign(chains, { of: () => createMemoryChain() })
    assert.equal(await told(reader), none, 'a sandbox has none')
    assert.match(await deps.metrics.text(), /bsn_rpc_calls_total{method="rest",result="refused"} 2/)
  })

  it('leads nowhere else, by any path', async (t) => {
    const { app, base, upstream } = await setUp(t)
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const statusOf = async (path: string) => {
      const asked = get({ host: '127.0.0.1', port, path, agent: false })
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      answer.resume()
      return answer.statusCode
    }
    for (const way of ['/..', '/../x', '/a/%2e%2E/x', '/a%2f..%252f..', '/..\\x', '/.#a']) {
      assert.equal(await statusOf(base + way), 400, way)
    }
    assert.equal(await statusOf(`http://other${base}/x`), 400)
    assert.equal(upstream.asked.length, 0)
    assert.equal(await statusOf(`${base}/..a/?b=../..`), 200)
    assert.equal(upstream.asked.at(-1)?.url, '/v1/..a/?b=../..')
  })
})

describe('the limits of a dialect', () => {
  it('are those of the key, and what is asked is metered', async (t) => {
    const limits = { perSecond: 9, writesPerDay: 1 }
    const { app, ledger, ask, told, post, base, upstream } = await setUp(t, limits)
    assert.equal((await ask(base)).headers['x-ratelimit-remaining-second'], '7')
    assert.match(await post(), /^200/)
    const { calls } = (await app.inject(`/api/v1/ledgers/${ledger.id}/usage`)).json()
    assert.deepEqual(calls, [
      { service: 'coin', credential: 'c', calls: 2, cost: 7, transactions: 1 },
    ])
    const over = await ask(base, { method: 'POST', body: 'x' })
    assert.deepEqual([over.statusCode, over.body], [429, '{"message":"Reaches the request limit"}'])
    assert.ok(Number(over.headers['retry-after']) > 1, 'until the day is over')
    assert.match(await told(`${base}/nothing/is/left`), /^429/)
    assert.equal(upstream.asked.length, 2)
  })

  it('count nothing that is not passed on', async (t) => {
    const { app, ledger, told, post, base, upstream } = await setUp(t, { writesPerDay: 1 })
    const refused = '400 {"message":"Bad request"}'
    assert.equal(await post('x', `${base}/a%2f..`), refused)
    assert.equal(await told(`${base}/a%2f..`), refused)
    const { calls } = (await app.inject(`/api/v1/ledgers/${ledger.id}/usage`)).json()
    assert.equal(calls, undefined)
    assert.match(await post(), /^200/, 'the one of the day is left')
    assert.equal(upstream.asked.length, 1)
  })

  it('bound what the chain says and how long it takes', async (t) => {
    const { ask, told, post, base, upstream } = await setUp(t)
    const failed = '502 {"message":"Gateway error"}'
    upstream.react = (response) => response.end('x'.repeat(10_000))
    assert.equal(await told(base), failed)
    assert.equal((await ask(base, { method: 'POST', body: 'x'.repeat(3_000_000) })).statusCode, 413)
    upstream.react = (response) => response.destroy()
    assert.equal(await post(), failed)
    const away = await ask(base)
    assert.deepEqual([away.statusCode, away.headers['retry-after']], [503, '1'])
    assert.equal(away.body, '{"message":"Gateway temporarily unavailable"}')
  })
})

describe('frozen accounts and a dialect', () => {
  it('do not go together, as nobody here reads who sends what', async (t) => {
    const { told, post, base, upstream, ledger } = await setUp(t)
    const account = `account/coin/${'aa'.repeat(20)}`
    assert.match(await post(), /^200/)
    putObject(ledger, account, { status: 'frozen', freezes: [['voters/all', 42, 'Case 17']] })
    assert.match(await post(), /^403 {"message":"coin has frozen accounts, so nothing is posted/)
    assert.match(await told(base), /^200/)
    assert.equal(upstream.asked.filter(({ method }) => method === 'POST').length, 1)
  })
})
