import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { until } from '../../../testing/engine-program.ts'
import type { ChainNotice } from '../../chain-notice.ts'
import { createExternalChains } from './external-chains.ts'

type Request = { readonly id: unknown; readonly method: string; readonly params: unknown[] }
type Manners = {
  chainId?: number
  height?: number
  /** What the blocks of this chain are told from others by. */
  past?: string
  /** Takes the place of a good answer. */
  answer?: (response: ServerResponse, request: Request) => unknown
}

/** An upstream with a mind of its own; change its manners while it runs. */
async function upstream(t: TestContext, manners: Manners = {}) {
  const state = { chainId: 7, height: 100, past: 'a', ...manners }
  const asked: string[] = []
  const server = createServer(async (incoming, response) => {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    const text = Buffer.concat(parts).toString()
    const request = JSON.parse(text) as Request
    asked.push(request.method)
    const isLook = ['eth_chainId', 'eth_blockNumber'].includes(request.method)
    if (state.answer && !isLook && state.answer(response, request) !== false) return
    const results: Record<string, unknown> = {
      eth_chainId: `0x${state.chainId.toString(16)}`,
      eth_blockNumber: `0x${state.height.toString(16)}`,
      eth_getBlockByNumber: { hash: `0x${state.past}${request.params?.[0]}` },
    }
    const result = results[request.method] ?? `from ${state.past}`
    response.end(JSON.stringify({ jsonrpc: '2.0', id: request.id, result }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  t.after(stop)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/key`
  return { url, state, asked, stop }
}

/** Every name leads to this machine. */
const lookup: LookupFunction = (_name, { all }, done) => {
  const found = { address: '127.0.0.1', family: 4 }
  if (all) done(null, [found])
  else done(null, found.address, found.family)
}

function chainOver(t: TestContext, urls: readonly string[], more = {}) {
  const notices: ChainNotice[] = []
  const upstreams = urls.map((url) => ({ url }))
  const chains = createExternalChains(
    {
      chains: { coin: { chainId: 7, finalDepth: 10, upstreams, rest: upstreams } },
      ...{ lookMs: 30, ...more },
    },
    {
      ...{ isEvm: () => true, lookup, nowMs: () => performance.now() },
      publicLookup: (_name, _options, done) => done(new RangeError('private'), '', 0),
      onNotice: (one) => notices.push(one),
    },
  )
  t.after(() => chains.close())
  const chain = chains.of('coin') ?? assert.fail()
  const { signal } = new AbortController()
  const ask = async (method: string, changes = false) => {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 'x', method, params: [] }))
    return JSON.parse((await chain.send({ body, changes, signal })).toString()).result
  }
  return { chain, chains, ask, notices, said: () => notices.map(({ text }) => text).join('\n') }
}

describe('an external chain', () => {
  it('asks one address, and another as soon as that one fails', async (t) => {
    const [first, second] = [await upstream(t), await upstream(t, { past: 'a' })]
    const { ask, said } = chainOver(t, [first.url, second.url])
    assert.equal(await ask('eth_gasPrice'), 'from a')
    first.stop()
    for (let i = 0; i < 5; i++) assert.equal(await ask('eth_gasPrice'), 'from a')
    assert.equal(await ask('eth_sendRawTransaction', true), 'from a')
    assert.doesNotMatch(said(), /key/)
  })

  it('does without one that is slow, talks nonsense, is cut off, or has a limit', async (t) => {
    const [bad, good] = [await upstream(t), await upstream(t)]
    const ways: [code: string, answer: (response: ServerResponse) => void][] = [
      ['CHAIN_TIMEOUT', () => undefined],
      ['CHAIN_UNAVAILABLE', (response) => response.end('<html>')],
      ['CHAIN_UNAVAILABLE', (response) => response.end('{"jsonrpc":"2.0","id":"y","result":1}')],
      ['CHAIN_UNAVAILABLE', (response) => response.end('{"jsonrpc":"2.0","id":"x"}')],
      ['CHAIN_UNAVAILABLE', (response) => response.destroy()],
      ['CHAIN_UNAVAILABLE', (response) => response.writeHead(302, { location: good.url }).end()],
      ['CHAIN_UNAVAILABLE', (response) => response.writeHead(500).end()],
      ['CHAIN_ANSWER_TOO_LARGE', (response) => response.end('x'.repeat(10_000))],
      ['CHAIN_UNAVAILABLE', (response) => response.end('{"id":"x","error":{"code":-32005}}')],
    ]
    for (const [code, answer] of ways) {
      bad.state.answer = (response, { method }) => method === 'eth_gasPrice' && answer(response)
      const limits = { timeoutMs: 600, answerBytesMax: 5000 }
      await assert.rejects(chainOver(t, [bad.url], limits).ask('eth_gasPrice'), { code })
      const sent = chainOver(t, [bad.url], limits).ask('eth_gasPrice', true)
      await assert.rejects(sent, { code: 'CHAIN_FATE_UNKNOWN' })
      assert.equal(await chainOver(t, [bad.url, good.url], limits).ask('eth_gasPrice'), 'from a')
    }
  })

  it('refuses another chain, one with another past, and one that is far ahead', async (t) => {
    const right = await Promise.all([upstream(t), upstream(t)])
    const wrong = await upstream(t, { chainId: 8, past: 'b' })
    const forked = await upstream(t, { past: 'b' })
    const ahead = await upstream(t, { height: 1_000_000 })
    const urls = [wrong, forked, ahead, ...right].map(({ url }) => url)
    const { ask, said } = chainOver(t, urls)
    for (let i = 0; i < 20; i++) assert.equal(await ask('eth_gasPrice'), 'from a')
    assert.match(said(), /it is chain 8, not 7/)
    assert.match(said(), /it has another block 90/)
    assert.match(said(), /far ahead of others/)
    for (const { asked } of [wrong, forked, ahead]) assert.ok(!asked.includes('eth_gasPrice'))
  })
})

describe('the addresses of an external chain', () => {
  it('says when nobody is there, and asks again later by itself', async (t) => {
    const only = await upstream(t, { chainId: 9 })
    const { ask, chains, said } = chainOver(t, [only.url])
    assert.equal(chains.isFailing(), false, 'nobody asked yet')
    await assert.rejects(ask('eth_gasPrice'), { code: 'CHAIN_UNAVAILABLE', retryable: true })
    assert.equal(chains.isFailing(), true)
    only.state.chainId = 7
    await until(
      'it is asked again',
      () =>
        ask('eth_gasPrice').then(
          () => true,
          () => false,
        ),
      5000,
    )
    assert.match(said(), /is asked again/)
    assert.equal(chains.isFailing(), false)
  })

  it('has another epoch when a block is taken back that was final', async (t) => {
    const only = await upstream(t)
    const { chain, ask } = chainOver(t, [only.url])
    await ask('eth_gasPrice')
    assert.deepEqual([chain.finalHeight, chain.epoch], [90, 0])
    only.state.height = 105
    await until('it is looked at', () => chain.finalHeight === 95)
    assert.equal(chain.epoch, 0)
    only.state.past = 'c'
    await until('it is noticed', () => chain.epoch === 1)
  })

  it('reaches no private address by a name, but by its address where that is given', async (t) => {
    const only = await upstream(t)
    const named = only.url.replace('127.0.0.1', 'inner.example')
    const { ask, chain } = chainOver(t, [named])
    await assert.rejects(ask('eth_gasPrice'), { code: 'CHAIN_UNAVAILABLE' })
    const rest = chain.dialect?.('rest') ?? assert.fail()
    const asked = { method: 'GET', path: '/', headers: {} } as const
    const answer = rest.ask({ ...asked, signal: new AbortController().signal })
    await assert.rejects(answer, { code: 'CHAIN_UNAVAILABLE' })
    assert.equal(only.asked.length, 0)
  })
})
