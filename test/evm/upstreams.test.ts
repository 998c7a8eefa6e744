import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { until } from '../../src/testing/engine-program.ts'
import { startRestUpstream } from '../../src/testing/rest-upstream.ts'
import { account, outerChainId, postRaw, startEvm, toolsAt, type World } from './evm-world.ts'
import { type MannerName, startUpstream } from './upstream.ts'

type Upstream = Awaited<ReturnType<typeof startUpstream>>
type Answer = {
  readonly status: number
  readonly tookMs: number
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string }
}

async function ask(url: string, method: string, params: unknown[] = []): Promise<Answer> {
  const startMs = performance.now()
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const { status, text } = await postRaw(url, body)
  return { status, tookMs: performance.now() - startMs, ...JSON.parse(text) }
}

const balanceOf = (url: string) => ask(url, 'eth_getBalance', [account.address, 'latest'])

/** One door over several chains of others, all the same engine behind addresses of any manners. */
describe('chains of others at the door', () => {
  it('stands addresses of bad manners, and chains that take blocks back', async (t) => {
    const addresses: Upstream[] = []
    const rests = [await startRestUpstream(t, 'first'), await startRestUpstream(t, 'second')]
    const world = await startEvm(t, async ({ port }) => {
      await until('the engine is there', () => isThere(port))
      for (let i = 0; i < 4; i++) addresses.push(await startUpstream(t, port))
      const [one, ...three] = addresses.map(({ url }) => ({ url }))
      const engine = [{ url: `http://127.0.0.1:${port}` }]
      const about = { chainId: outerChainId }
      return {
        single: { ...about, upstreams: [one ?? {}] },
        three: { ...about, upstreams: three },
        soon: { ...about, finalDepth: 5, upstreams: engine },
        late: { ...about, upstreams: engine, rest: rests.map(({ url }) => ({ url })) },
      }
    })
    const urls = await doors(world, ['single', 'three', 'soon', 'late'])
    const [one, two, three, four] = addresses
    if (!one || !two || !three || !four) return assert.fail('there are four')
    await t.test('passes on what a chain speaks beside', () => dialects(world, urls, rests))
    await t.test('says what is wrong with the only one', (inner) => single(inner, world, urls, one))
    await t.test('asks others where one is bad', () => several(urls, [two, three, four]))
    await t.test('forgets what a chain takes back', (inner) => takenBack(inner, world, urls))
  })
})

type Rest = Awaited<ReturnType<typeof startRestUpstream>>

async function dialects(world: World, { late = '' }: Urls, [first, second]: readonly Rest[]) {
  if (!first || !second) return assert.fail('there are two')
  const rest = late.replace(/rpc$/, 'rest')
  const say = async (method: string, url = `${rest}/blocks/7?a=%2F..`) => {
    const answer = await fetch(url, { method, ...(method === 'POST' ? { body: 'tx' } : {}) })
    return `${answer.status} ${await answer.text()}`
  }
  assert.deepEqual([await say('GET'), await say('POST')], ['200 first', '200 first'])
  assert.equal(first.asked[0]?.url, '/blocks/7?a=%2F..')
  await first.stop()
  assert.equal(await say('GET'), '200 second')
  assert.equal(await say('POST'), '200 second')
  await second.stop()
  assert.equal(await say('POST'), '502 {"message":"Gateway error"}')
  assert.equal(await say('GET'), '503 {"message":"Gateway temporarily unavailable"}')
  await second.restart()
  await until('it is asked again', async () => (await say('GET')) === '200 second')
  await world.does('service', 'freeze-address', 'late', account.address, '--reason', 'Case 1')
  assert.match(await say('POST'), /^403 .*late has frozen accounts/)
  const posts = [first, second].map(({ asked }) => asked.filter(({ body }) => body === 'tx').length)
  assert.deepEqual(posts, [1, 1], 'each was sent once')
  const sandbox = `${world.network.address}/api/${world.key}/coin`
  assert.match(await say('GET', `${sandbox}/rest`), /^404/)
  // Other gateways' words for the two forms of JSON-RPC.
  for (const evm of [late.replace(/rpc$/, 'evmrpc'), `${sandbox}/evmrpc`]) {
    assert.match(String((await ask(evm, 'eth_chainId')).result), /^0x/)
  }
  const socket = new WebSocket(`${sandbox.replace('http', 'ws')}/evmws`)
  socket.onopen = () => socket.send('{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}')
  const answer = await new Promise<string>((resolve, reject) => {
    socket.onmessage = ({ data }) => resolve(String(data))
    socket.onerror = reject
  })
  socket.close()
  assert.match(answer, /"result":"0x/)
}

async function isThere(port: number): Promise<boolean> {
  return ask(`http://127.0.0.1:${port}`, 'eth_chainId').then(
    () => true,
    () => false,
  )
}

type Urls = Readonly<Record<string, string>>

async function doors({ network, does, keyFor }: World, names: readonly string[]): Promise<Urls> {
  const urls: Record<string, string> = {}
  for (const name of names) {
    await does('service', 'create', name, '--framework', 'evm')
    urls[name] = `${network.address}/api/${await keyFor(name)}/${name}/rpc`
  }
  return urls
}

/** Of the whole node, in bytes. */
function memoryOf({ network }: World): number {
  const text = readFileSync(`/proc/${network.up.child.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024
}

/** Status, code of the error, and the longest that it may take. */
const saidOf: Readonly<Partial<Record<MannerName, readonly [number, number, number]>>> = {
  garbage: [503, -32002, 1000],
  cut: [503, -32002, 1000],
  gone: [503, -32002, 1000],
  failing: [503, -32002, 1000],
  limited: [503, -32002, 1000],
  confused: [503, -32002, 1000],
  moved: [503, -32002, 1000],
  stuck: [200, -32005, 12_000],
  endless: [200, -32005, 10_000],
  stranger: [503, -32002, 12_000],
}

async function single(t: TestContext, world: World, { single: url = '' }: Urls, one: Upstream) {
  const neighbour = `${world.network.address}/api/${world.key}/coin/rpc`
  assert.equal((await balanceOf(url)).status, 200)
  await balanceOf(neighbour)
  const before = memoryOf(world)
  for (const [manner, [status, code, mostMs]] of Object.entries(saidOf)) {
    one.state.manner = manner as MannerName
    if (manner === 'stranger') await untilLookedAt(url)
    const asked = Array.from({ length: 8 }, () => balanceOf(url))
    const waits = [await balanceOf(neighbour), await balanceOf(neighbour)]
    const [first = assert.fail(), ...others] = await Promise.all(asked)
    const what = `${manner}: ${JSON.stringify(first)}`
    assert.deepEqual([first.status, first.error?.code], [status, code], what)
    for (const answer of [first, ...others]) {
      assert.ok(answer.error !== undefined && answer.tookMs < mostMs, what)
      assert.doesNotMatch(answer.error.message, /127\.0\.0\.1|html/, 'what it said is for the log')
    }
    for (const { status: own, tookMs } of waits) assert.ok(own === 200 && tookMs < 1000, manner)
    const sent = await ask(url, 'eth_sendRawTransaction', ['0x02'])
    assert.ok(sent.error !== undefined && sent.tookMs < mostMs, manner)
    one.state.manner = 'good'
    const isBack = async () => (await balanceOf(url)).status === 200
    await until(`it is asked again after ${manner}`, isBack, 70_000)
  }
  const grown = Math.round((memoryOf(world) - before) / 1e6)
  t.diagnostic(`memory grew by ${grown} MB`)
  assert.ok(grown < 400, `${grown} MB`)
}

async function several({ three: url = '' }: Urls, [one, ...others]: readonly Upstream[]) {
  if (!one) return assert.fail('there are three')
  const truth = (await balanceOf(url)).result
  assert.match(String(truth), /^0x/)
  const bad: readonly MannerName[] = [
    ...(['garbage', 'cut', 'gone', 'failing', 'limited', 'confused', 'moved'] as const),
    ...(['stuck', 'slow', 'endless'] as const),
  ]
  for (const manner of bad) {
    one.state.manner = manner
    for (let i = 0; i < 10; i++) {
      const { status, result, tookMs } = await balanceOf(url)
      assert.deepEqual([status, result], [200, truth], manner)
      assert.ok(tookMs < 1500, `${manner}: ${tookMs} ms`)
    }
  }
  for (const manner of ['stranger', 'liar', 'prophet'] as const) {
    one.state.manner = manner
    await untilLookedAt(url)
    one.state.asked = 0
    for (let i = 0; i < 20; i++) assert.equal((await balanceOf(url)).result, truth, manner)
    assert.equal(one.state.asked, 0, `${manner} is asked`)
  }
  one.state.manner = 'good'
  for (const [i, other] of others.entries()) other.state.manner = i === 0 ? 'gone' : 'garbage'
  const isAsked = async () => (await balanceOf(url)).status === 200
  await until('the one that is good again is asked', isAsked, 70_000)
}

/** Addresses are looked at every 5 s while the chain is used: until then one may be believed. */
async function untilLookedAt(url: string): Promise<void> {
  await balanceOf(url)
  await new Promise((resolve) => setTimeout(resolve, 6000))
  await balanceOf(url)
  await new Promise((resolve) => setTimeout(resolve, 500))
}

async function takenBack(t: TestContext, { outer, network }: World, urls: Urls) {
  const engine = `http://127.0.0.1:${outer.port}`
  const { soon = '', late = '' } = urls
  const [, key = ''] = /api\/([^/]+)\//.exec(soon) ?? []
  const tools = toolsAt(network.address, key, outerChainId, 'soon')
  assert.equal((await ask(engine, 'anvil_mine', ['0x50'])).status, 200)
  const hash = await tools.wallet.sendTransaction({ to: account.address, value: 1n })
  await tools.reader.waitForTransactionReceipt({ hash })
  await ask(engine, 'anvil_mine', ['0x9'])
  const receipt = (url: string) => ask(url, 'eth_getTransactionReceipt', [hash])
  // Long enough for the door to take it for final, where that is after five blocks.
  await untilLookedAt(soon)
  for (const url of [soon, late]) assert.notEqual((await receipt(url)).result, null)
  assert.equal((await ask(engine, 'anvil_reorg', [10, []])).error, undefined)
  assert.equal((await receipt(engine)).result, null)
  // Not final there: nothing is remembered, and the answer is that of the chain at once.
  assert.equal((await receipt(late)).result, null)
  const startMs = performance.now()
  const isForgotten = async () => (await receipt(soon)).result === null
  await until('what was taken for final is forgotten', isForgotten, 20_000)
  t.diagnostic(`forgotten after ${Math.round(performance.now() - startMs)} ms`)
  // It goes on: the same transaction is sent again, and is in another block.
  const again = await tools.wallet.sendTransaction({ to: account.address, value: 2n })
  const { status } = await tools.reader.waitForTransactionReceipt({ hash: again })
  assert.equal(status, 'success')
}
