import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { CborValue } from '@openbsn/sdk'
import { evmError } from '../../../frameworks/evm/errors.ts'
import { apiKeyOf, putCredential, putObject, putService } from '../../../testing/access.ts'
import { testGateway, testGatewayDeps } from '../../../testing/gateway.ts'
import { createMemoryChain } from '../../../testing/memory-chain.ts'
import type { GatewaySettings } from '../../gateway.ts'
import type { GatewayDeps } from '../../gateway-app.ts'

type Fields = Record<string, CborValue>
const functions = ['call', 'send', 'events']

/** A gateway with the EVM service `coin` over a chain in memory, and the credential `c`. */
async function setUp(
  t: TestContext,
  credential: Fields = {},
  settings: GatewaySettings = {},
  more: Partial<GatewayDeps> = {},
) {
  const parts = testGatewayDeps()
  const chain = createMemoryChain()
  const chains = {
    ...{ engine: 'anvil' as const, isFailing: () => false },
    of: (name: string) => (name === 'coin' ? chain : undefined),
    close: async () => undefined,
  }
  const ledgers = parts.deps.ledgers.map((one) => ({ ...one, chains }))
  const gateway = await testGateway(settings, {
    ...parts,
    deps: { ...parts.deps, ...more, ledgers },
  })
  const { app, ledger } = gateway
  t.after(() => app.close())
  putService(ledger, 'coin', { framework: 'evm', functions })
  putService(ledger, 'flights')
  putCredential(ledger, 'c', { service: 'coin', ...credential })
  const path = `/api/${apiKeyOf('c')}/coin/rpc`
  const post = async (body: unknown, url = path, headers: Record<string, string> = {}) => {
    const payload = typeof body === 'string' ? body : JSON.stringify(body)
    const type = { 'content-type': 'application/json' }
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: { ...type, ...headers },
      payload,
    })
    return answer
  }
  const call = (method: string, params: unknown[] = [], id: unknown = 1) => ({
    ...{ jsonrpc: '2.0', id, method, params },
  })
  return { ...gateway, chain, path, post, call }
}

describe('the JSON-RPC door', () => {
  it('passes bytes through, both ways, and says of which chain they are', async (t) => {
    const { post, chain, ledger } = await setUp(t)
    const text = '{ "method":"eth_blockNumber","params":[],"id":"\\u0041", "jsonrpc":"2.0" }'
    chain.respond = () => '{"result":"0x1", "id":"A","jsonrpc":"2.0"}'
    const { statusCode, body, headers } = await post(text)
    assert.equal(body, '{"result":"0x1", "id":"A","jsonrpc":"2.0"}')
    assert.deepEqual([statusCode, chain.asked], [200, [text]])
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(headers['x-bsn-chain'], '1337; kind=sandbox')
    const named = [headers['x-bsn-ledger'], headers['x-bsn-environment']]
    assert.deepEqual(named, [ledger.id, 'live'])
    assert.equal(headers['x-bsn-durability'], 'snapshot; may-lose-seconds=5')
    const batch = `[${text} , ${text}]`
    await post(batch)
    assert.equal(chain.asked.at(-1), batch)
  })

  it('takes key and chain from the path or headers, and no word of another door', async (t) => {
    const { post, call } = await setUp(t)
    const key = { 'x-api-key': apiKeyOf('c') }
    const ask = call('eth_blockNumber')
    const status = async (url: string, headers = {}) => (await post(ask, url, headers)).statusCode
    assert.equal(await status('/api/coin/rpc', key), 200)
    assert.equal(await status('/api/coin/evmrpc', key), 200)
    assert.equal(await status('/api/c/coin/rpc', key), 200)
    assert.equal(await status('/api/rpc', { ...key, 'x-api-chain-type': 'coin' }), 200)
    assert.equal(await status('/api/other/coin/rpc', key), 401)
    assert.equal(await status('/api/coin/rpc'), 401)
    for (const url of ['/api/v1/coin/rpc', '/api/app/rpc']) {
      const answer = await post(ask, url, key)
      assert.deepEqual([answer.statusCode, answer.json().code], [404, 'ROUTE_NOT_FOUND'], url)
    }
    // The door of BSN answers whatever is below its path, in its own way.
    const { header } = (await post(ask, '/api/fabric/v1/rpc', key)).json()
    assert.equal(header.code, -1)
  })

  it('gives strangers, dead keys and paths that are no JSON-RPC plain replies', async (t) => {
    const { post, call, ledger, path, app, lines } = await setUp(t)
    const ask = call('eth_blockNumber')
    const plain = async (url: string) => {
      const { statusCode, body } = await post(ask, url)
      return [statusCode, body]
    }
    const unknown = '{"message":"UNAUTHORIZED: please check the project config"}'
    assert.deepEqual(await plain(`/api/${apiKeyOf('x')}/coin/rpc`), [401, unknown])
    assert.deepEqual(await plain('/api/abc/coin/rpc'), [401, unknown])
    assert.deepEqual(await plain(`/api/${apiKeyOf('c', 'test')}/coin/rpc`), [401, unknown])
    const none = '{"message":"no Route matched with those values"}'
    for (const url of [`/api/${apiKeyOf('c')}/flights/rpc`, path.replace('rpc', 'rest')]) {
      assert.deepEqual(await plain(url), [404, none], url)
    }
    assert.equal((await app.inject({ url: path })).statusCode, 404)
    assert.equal((await app.inject({ url: path.replace('rpc', 'ws') })).statusCode, 426)
    putCredential(ledger, 'f', { service: 'coin', status: 'frozen' })
    const dead = '{"message":"UNAUTHORIZED: accessKey is deactivated"}'
    assert.deepEqual(await plain(`/api/${apiKeyOf('f')}/coin/rpc`), [401, dead])
    assert.equal((await post('x'.repeat(3_000_000))).statusCode, 413)
    assert.equal((await post(ask, path, { 'content-type': 'text/csv' })).statusCode, 415)
    assert.doesNotMatch(lines.join(''), new RegExp(apiKeyOf('c')))
  })
})

describe('what the JSON-RPC door refuses', () => {
  it('refuses what is not offered, and what the key may not, each with its own id', async (t) => {
    const { post, call, chain } = await setUp(t, { scopes: ['records:read'] })
    const refused = ['anvil_setBalance', 'personal_sign', 'eth_subscribe', 'toString']
    const asked = [...refused.map((one, i) => call(one, [], `r${i}`)), call('eth_gasPrice', [], 7)]
    const answer = await post([...asked, call('eth_sendRawTransaction', ['0x'], 'send'), 5])
    const errors = answer.json() as { id: unknown; result?: string; error?: { code: number } }[]
    const codes = Object.fromEntries(errors.map(({ id, error }) => [String(id), error?.code]))
    assert.deepEqual(codes, {
      ...{ r0: -32601, r1: -32601, r2: -32601, r3: -32601, send: 4100, null: -32600 },
      7: undefined,
    })
    assert.equal(answer.statusCode, 200)
    assert.equal(errors.find(({ id }) => id === 7)?.result, 'eth_gasPrice')
    assert.equal(chain.asked.length, 1)
    assert.deepEqual(JSON.parse(chain.asked[0] ?? ''), [call('eth_gasPrice', [], 7)])
    const wrong = await post(call('eth_getLogs', [{ fromBlock: '0x0', toBlock: '0xfffffff' }]))
    assert.equal(wrong.json().error.code, -32602)
    assert.equal((await post('{')).json().error.code, -32700)
  })
})

describe('the limits of the JSON-RPC door', () => {
  it('counts by cost, and over the limit says so with the id, 429 and Retry-After', async (t) => {
    const { post, call } = await setUp(t, { perSecond: 12 })
    const logs = await post(call('eth_getLogs', [{}]))
    assert.equal(logs.headers['x-ratelimit-limit-second'], '12')
    assert.equal(logs.headers['x-ratelimit-remaining-second'], '2')
    const batch = await post([1, 2, 3].map((id) => call('eth_blockNumber', [], id)))
    const [, , third] = batch.json() as { id: number; error?: { code: number } }[]
    assert.deepEqual([batch.statusCode, third?.id, third?.error?.code], [200, 3, -32005])
    const over = await post(call('eth_blockNumber', [], 'mine'))
    assert.deepEqual([over.statusCode, over.headers['retry-after']], [429, '1'])
    assert.deepEqual([over.json().id, over.json().error.code], ['mine', -32005])
  })

  it('meters transactions by the day, and stops at the limit of a day', async (t) => {
    const { post, call, deps } = await setUp(t, { writesPerDay: 2 })
    const send = (id: number) => post(call('eth_sendRawTransaction', ['0x00'], id))
    assert.equal((await send(1)).headers['x-ratelimit-remaining-day'], '1')
    assert.equal((await send(2)).statusCode, 200)
    const third = await send(3)
    assert.deepEqual([third.statusCode, third.json().error.code], [429, -32005])
    const left = 86_400 - (deps.clock.nowSeconds() % 86_400)
    assert.equal(third.headers['retry-after'], String(left))
    assert.equal((await post(call('eth_blockNumber'))).statusCode, 200)
  })
})

describe('transactions at the JSON-RPC door', () => {
  it('keeps those from and to frozen accounts from the chain', async (t) => {
    const { post, call, chain, ledger } = await setUp(t)
    const [ann, ben] = ['0xAA', '0xBB'].map((start) => start + 'cd'.repeat(19)) as [string, string]
    const send = async (fields: unknown) => {
      const answer = (await post(call('eth_sendTransaction', [fields]))).json()
      return answer.error ?? answer.result
    }
    assert.equal(await send({}), 'eth_sendTransaction')
    const freezes = [['voters/all', 42, 'Case 17']]
    putObject(ledger, `account/coin/${ann.slice(2).toLowerCase()}`, { status: 'frozen', freezes })
    const why = 'is frozen in coin, by a vote in entry 42 of the ledger: Case 17.'
    const refused = { code: -32003, message: `${ann} ${why}` }
    assert.deepEqual(await send({ from: ann }), refused)
    assert.deepEqual(await send({ from: ben, to: ann }), refused)
    for (const wrong of [{}, { from: null }, { from: ben, to: 7 }, null, [ben], { from: '0x1' }]) {
      assert.equal((await send(wrong)).code, -32003, JSON.stringify(wrong))
    }
    const unread = (await post(call('eth_sendRawTransaction', ['0x01']))).json().error
    assert.match(unread.message, /^The transaction is not one for this chain/)
    assert.equal((await post(call('eth_sendRawTransaction', [7]))).json().error.code, -32003)
    assert.equal(chain.asked.length, 1)
    assert.equal(await send({ from: ben }), 'eth_sendTransaction')
    assert.equal(await send({ from: ben, to: null }), 'eth_sendTransaction')
    assert.equal((await post(call('evm_mine'))).json().result, 'evm_mine')
    putObject(ledger, `account/coin/${ann.slice(2).toLowerCase()}`, {
      status: 'active',
      freezes: [],
    })
    assert.equal(await send({ from: ann, to: ben }), 'eth_sendTransaction')
  })

  it('takes no transactions for a service that is frozen, and answers questions', async (t) => {
    const { post, call, ledger } = await setUp(t)
    putService(ledger, 'coin', { framework: 'evm', functions, status: 'frozen' })
    const sent = await post(call('eth_sendRawTransaction', ['0x00']))
    assert.equal(sent.json().error.code, -32003)
    assert.equal((await post(call('eth_blockNumber'))).json().result, 'eth_blockNumber')
  })
})

describe('the JSON-RPC door and its chain', () => {
  it('says what is wrong with the chain, and when to try again', async (t) => {
    const { post, call, chain } = await setUp(t)
    const failing = async (error: Error) => {
      chain.respond = () => Promise.reject(error)
      const { statusCode, headers, json } = await post(call('eth_blockNumber', [], 4))
      const { id, error: told } = json()
      return [statusCode, headers['retry-after'], id, told.code]
    }
    const away = evmError('CHAIN_UNAVAILABLE', 'away', { retryable: true })
    assert.deepEqual(await failing(away), [503, '1', 4, -32002])
    const slow = evmError('CHAIN_TIMEOUT', 'slow')
    assert.deepEqual(await failing(slow), [200, undefined, 4, -32005])
    assert.deepEqual(await failing(evmError('CHAIN_FULL', 'full')), [200, undefined, 4, -32003])
    chain.respond = () => Promise.reject(new RangeError('a bug'))
    const bug = await post(call('eth_blockNumber'))
    assert.deepEqual([bug.statusCode, bug.body], [502, '{"message":"Gateway error"}'])
  })

  it('answers what is final by itself, until the chain has another past', async (t) => {
    const { post, call, chain } = await setUp(t)
    for (const id of [1, 'two']) {
      const { body } = await post(call('eth_chainId', [], id))
      assert.equal(body, `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":"eth_chainId"}`)
    }
    assert.equal(chain.asked.length, 1)
    chain.epoch++
    await post(call('eth_chainId'))
    assert.equal(chain.asked.length, 2)
  })

  it('lets a chain remember so many filters and no more', async (t) => {
    const { post, call } = await setUp(t)
    const one = call('eth_newBlockFilter')
    const many = await post(Array.from({ length: 1000 }, () => one))
    assert.equal((many.json() as { error?: object }[]).filter(({ error }) => error).length, 0)
    assert.equal((await post(one)).json().error.code, -32005)
  })
})
