import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toBase64url } from './base64url.ts'
import { utf8 } from './bytes.ts'
import { createClient } from './client.ts'

type Asked = { gateway: string; method: string; path: string; body: string; key: string }

/** Two gateways that give these answers in turn, whichever is asked, and what they were asked. */
function gateways(...answers: (Response | Error)[]) {
  const asked: Asked[] = []
  const doFetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    const [, gateway = '', path = ''] = /^(.*)\/api\/v1\/ledgers\/l(.*)$/.exec(String(url)) ?? []
    const { 'idempotency-key': key = '' } = { ...(init.headers as Record<string, string>) }
    const { method = 'GET', body } = init
    asked.push({ gateway, method, path, body: String(body ?? ''), key })
    const answer = answers.shift() ?? Response.json({})
    if (answer instanceof Error) throw answer
    return answer
  }
  const urls = ['http://127.0.0.1:8420', 'http://127.0.0.1:8421']
  const client = createClient({
    gateways: urls.map((url) => ({ url, operator: 'acme' })),
    ledger: 'l',
    apiKey: { key: 'live_x', operators: ['acme'] },
    ...{ retryDelayMs: 1, attemptsMax: 3, prefer: 'first' },
    fetch: doFetch as typeof fetch,
  })
  return { contracts: client.contracts('a b'), asked }
}

const problem = (status: number, code: string) => Response.json({ code, detail: '' }, { status })
const place = { transaction: '0xab', height: 3, time: 5, receipt: 'pending' }
const committed = { request: 'k', state: 'committed', isRepeat: false, ...place, from: '0x' }
const pending = () => Response.json({ request: 'k', state: 'pending' }, { status: 202 })

describe('contracts', () => {
  it('keep one Idempotency-Key over every try and gateway, and tell it', async () => {
    const { contracts, asked } = gateways(new TypeError('cut'), Response.json(committed))
    const sent = await contracts.send('shop', 'award', { to: 'ann' }, { value: '5' })
    assert.deepEqual(sent, { request: 'k', isRepeat: false, ...place, from: '0x' })
    const [first, second] = asked
    assert.match(String(first?.key), /^"[A-Za-z0-9_-]{22}"$/)
    assert.equal(first?.key, second?.key)
    assert.notEqual(first?.gateway, second?.gateway)
    assert.equal(second?.body, '{"args":{"to":"ann"},"value":"5"}')
    const reused = gateways(problem(422, 'CALL_REVERTED')).contracts
    const failed = reused.deploy({ template: 'points' }, { idempotencyKey: 'k' })
    const details = { status: 422, request: 'k' }
    await assert.rejects(failed, { code: 'CALL_REVERTED', details })
  })

  it('ask another gateway where the first does not run the service', async () => {
    const list = Response.json({ contracts: [] })
    const { contracts, asked } = gateways(problem(404, 'SERVICE_ELSEWHERE'), list)
    assert.deepEqual(await contracts.list(), [])
    assert.deepEqual(
      asked.map(({ gateway }) => gateway.slice(-1)),
      ['0', '1'],
    )
  })

  it('ask at the addresses of the contract', async () => {
    const proof = { receipt: toBase64url(utf8('proof')) }
    const { contracts, asked } = gateways(
      ...[Response.json({ contracts: [] }), Response.json({}), Response.json({ templates: [] })],
      ...[Response.json({ result: '7' }), Response.json({ gas: '5' }), Response.json(committed)],
      ...[Response.json({}), Response.json({}), Response.json({}), Response.json({})],
      Response.json(proof),
    )
    assert.deepEqual(await contracts.list(), [])
    await contracts.get('x/y')
    await contracts.templates()
    assert.equal(await contracts.call('shop', 'f(uint256)', ['1'], { block: 3 }), '7')
    assert.equal(await contracts.estimate('shop', 'f'), '5')
    await contracts.sendTransaction({ raw: '0x02' })
    await contracts.register('other', { address: '0x', abi: [] })
    await contracts.verify('shop', { sources: { 'A.sol': '' } })
    await contracts.compile({ template: 'points' })
    await contracts.transaction('0xab')
    assert.deepEqual(await contracts.proof('0xab'), utf8('proof'))
    await contracts.status('r/1')
    await contracts.account()
    assert.deepEqual(
      asked.map(({ method, path }) => `${method} ${path.replace('/services/a%20b', '')}`),
      [
        'GET /contracts',
        'GET /contracts/x%2Fy',
        'GET /templates',
        'POST /contracts/shop/call/f(uint256)',
        'POST /contracts/shop/estimate/f',
        'POST /transactions',
        'PUT /contracts/other',
        'POST /contracts/shop/verify',
        'POST /compile',
        'GET /transactions/0xab',
        'GET /transactions/0xab/proof',
        'GET /requests/r%2F1',
        'GET /account',
      ],
    )
    assert.equal(asked[3]?.body, '{"args":["1"],"block":3}')
  })
})

describe('a write that is not final at once', () => {
  it('is asked about until it is known what became of it', async () => {
    const { isRepeat: _, ...known } = committed
    const unknown = Response.json({ request: 'k', state: 'not_sent' })
    const { contracts, asked } = gateways(pending(), unknown, Response.json(known))
    const sent = await contracts.send('shop', 'f', [], { idempotencyKey: 'k' })
    assert.deepEqual([sent.transaction, sent.isRepeat], ['0xab', false])
    assert.deepEqual(
      asked.map(({ method }) => method),
      ['POST', 'GET', 'GET'],
    )
  })

  it('is rejected with a reason, unknown after its time, left when it is given up', async () => {
    const no = Response.json({
      request: 'k',
      state: 'rejected',
      code: 'CALL_REVERTED',
      detail: 'x',
    })
    const rejected = gateways(pending(), no).contracts
    const how = { idempotencyKey: 'k' }
    const details = { request: 'k' }
    const reverted = { code: 'CALL_REVERTED', message: 'x', details }
    await assert.rejects(rejected.send('shop', 'f', [], how), reverted)
    const late = gateways(pending(), pending()).contracts.send('shop', 'f', [], {
      ...how,
      waitMs: 10,
    })
    const unknown = { code: 'CALL_FATE_UNKNOWN', details: { request: 'k', fate: 'unknown' } }
    await assert.rejects(late, unknown)
    const stop = new AbortController()
    const left = gateways(pending()).contracts.deploy(
      { template: 'points' },
      { ...how, signal: stop.signal },
    )
    setTimeout(() => stop.abort(), 20)
    await assert.rejects(left, { name: 'AbortError' })
  })

  it('tell what they told, page by page', async () => {
    const page = { events: [], next: 'c' }
    const { contracts, asked } = gateways(Response.json(page))
    assert.deepEqual(await contracts.events('shop', { limit: 2, cursor: 'b' }), page)
    assert.equal(asked[0]?.path, '/services/a%20b/contracts/shop/events?limit=2&cursor=b')
  })
})
