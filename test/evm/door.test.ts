import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { isRunning, until } from '../../src/testing/engine-program.ts'
import { startNetwork } from '../cli/bsn.ts'
import {
  counted,
  countUp,
  deployCounter,
  enginePid,
  outerChainId,
  postRaw,
  snapshotsIn,
  startEvm,
  toolsAt,
  type World,
} from './evm-world.ts'

const rpc = (method: string, params: unknown[] = [], id: unknown = 1) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })

/** One network for all; the last one stops it and has it start again. */
describe('an EVM service in the sandbox', () => {
  it('is what tools of chains expect', async (t) => {
    const world = await startEvm(t)
    const run = (what: string, test: (t: TestContext, world: World) => Promise<void>) =>
      t.test(what, (inner) => test(inner, world))
    await run('stands what is bad or too much, and serves its neighbour', standsBadInput)
    await run('keeps to the limits of a key, in words that tools know', keepsLimits)
    await run('connects a chain of others, and says when it is not there', connectsOthers)
    await run('comes back from kills and stops where it was', comesBack)
  })
})

async function standsBadInput(t: TestContext, world: World): Promise<void> {
  const { network, does, keyFor, key } = world
  await does('service', 'create', 'other', '--framework', 'evm', '--sandbox')
  const otherUrl = `${network.address}/api/${await keyFor('other', '--sandbox')}/other/rpc`
  const url = `${network.address}/api/${key}/coin/rpc`
  const other = async () => {
    const startMs = performance.now()
    assert.equal((await postRaw(otherUrl, rpc('eth_blockNumber'))).status, 200)
    return performance.now() - startMs
  }
  await other()
  const code = async (body: string) => JSON.parse((await postRaw(url, body)).text).error?.code
  assert.equal(await code(`[${Array(1001).fill(rpc('eth_chainId')).join()}]`), -32600)
  assert.equal(await code('['.repeat(1_000_000)), -32700)
  assert.equal(await code('{"a":'.repeat(100_000)), -32700)
  assert.equal(await code('\u0000'), -32700)
  assert.equal(await code(rpc('anvil_reset', [{ forking: { jsonRpcUrl: url } }])), -32601)
  const wide = { fromBlock: '0x0', toBlock: '0xffffffffffffffff' }
  assert.equal(await code(rpc('eth_getLogs', [wide])), -32602)
  const endless = { data: '0x5b5f56', gas: '0xffffffffffffffff' }
  assert.equal(await code(rpc('eth_call', [endless, 'latest'])), -32602)
  // As much as may be, many times at once: for ever round, and memory without end.
  const heavy = ['0x5b5f56', '0x6001600163ffffffff52'].flatMap((data) => Array(6).fill(data))
  const asked = heavy.map((data) => postRaw(url, rpc('eth_call', [{ data }, 'latest'])))
  t.diagnostic(`a neighbour waits ${Math.round(await other())} ms`)
  for (const one of await Promise.all(asked)) assert.equal(one.status, 200)

  const socket = new WebSocket(url.replace('http', 'ws').replace(/rpc$/, 'ws'))
  const [[{ headers }]] = await Promise.all([once(socket, 'upgrade'), once(socket, 'open')])
  assert.match(headers['x-bsn-durability'], /^snapshot; may-lose-seconds=\d+$/)
  const answers: { result?: string; error?: { code: number } }[] = []
  socket.on('message', (data) => answers.push(JSON.parse(String(data))))
  for (let id = 0; id < 10_000; id++) socket.send(rpc('eth_subscribe', ['newHeads'], id))
  t.after(() => socket.terminate())
  await until('all are answered', () => answers.length === 10_000, 20_000)
  assert.equal(answers.filter(({ result }) => result !== undefined).length, 100)
  assert.ok(answers.every(({ result, error }) => result || error?.code === -32005))
  socket.close()
  await other()
  assert.equal(await code(rpc('eth_blockNumber')), undefined)
}

async function keepsLimits(_t: TestContext, world: World): Promise<void> {
  const { network, does, keyFor } = world
  const key = await keyFor('coin', '--sandbox', '--per-second', '3')
  const url = `${network.address}/api/${key}/coin/rpc`
  const ask = (id: number) => postRaw(url, rpc('eth_blockNumber', [], id))
  await ask(0)
  await new Promise((resolve) => setTimeout(resolve, 1100))
  const all = await Promise.all([1, 2, 3, 4, 5].map(ask))
  const over = all.filter(({ status }) => status === 429)
  assert.equal(over.length, 2)
  for (const { headers, text } of over) {
    assert.equal(headers.get('retry-after'), '1')
    const { id, error } = JSON.parse(text)
    assert.deepEqual([error.code, id > 0], [-32005, true])
  }
  assert.equal(all[0]?.headers.get('x-ratelimit-limit-second'), '3')
  assert.match(all[0]?.headers.get('x-bsn-durability') ?? '', /^snapshot; may-lose-seconds=\d+$/)
  const { calls } = await does('usage', '--service', 'coin', '--sandbox')
  const counts = (calls as { calls: number }[]).map((one) => one.calls)
  assert.ok(counts.length === 2 && Math.min(...counts) === 4, String(counts))
  const stranger = await postRaw(url.replace(key, 'nobody'), rpc('eth_blockNumber'))
  const plain = '{"message":"UNAUTHORIZED: please check the project config"}'
  assert.deepEqual([stranger.status, stranger.text], [401, plain])
}

async function connectsOthers(_t: TestContext, world: World): Promise<void> {
  const { network, does, keyFor, outer } = world
  await does('service', 'create', 'outer', '--framework', 'evm')
  assert.equal((await does('service', 'show', 'outer')).chainId, outerChainId)
  const key = await keyFor('outer')
  const tools = toolsAt(network.address, key, outerChainId, 'outer')
  const counter = await deployCounter(tools)
  await countUp(tools, counter)
  assert.equal(await counted(tools, counter), 1)
  const { headers } = await postRaw(tools.url, rpc('eth_blockNumber'))
  assert.equal(headers.get('x-bsn-chain'), `${outerChainId}; kind=external`)
  assert.equal(headers.get('x-bsn-durability'), null)
  const dev = JSON.parse((await postRaw(tools.url, rpc('eth_accounts'))).text)
  assert.equal(dev.error.code, -32601)
  const told = subscribed(tools.socketUrl)
  await told.isSubscribed
  const heard = once(told.socket, 'message')
  await countUp(tools, counter)
  assert.match(String(await heard), /^\{"jsonrpc":"2.0","method":"eth_subscription"/)
  await outer.stop()
  assert.deepEqual(await told.closed, [1012, 'CHAIN_RESTARTED'])
  const away = await postRaw(tools.url, rpc('eth_blockNumber', [], 'mine'))
  assert.deepEqual([away.status, away.headers.get('retry-after')], [503, '1'])
  assert.equal(JSON.parse(away.text).id, 'mine')
  outer.restart()
  const isBack = async () => (await postRaw(tools.url, rpc('eth_blockNumber'))).status === 200
  await until('it is asked again', isBack, 15_000)
}

async function comesBack(t: TestContext, world: World): Promise<void> {
  const { network, home, does, key, chainFolder } = world
  const shown = await does('service', 'show', 'coin', '--sandbox')
  assert.equal(shown.rpc, `${network.address}/api/{accessKey}/coin/rpc`)
  let tools = toolsAt(network.address, key, shown.chainId)
  assert.equal(await tools.reader.getChainId(), shown.chainId)
  const counter = await deployCounter(tools)
  const receipt = await countUp(tools, counter)
  assert.equal(receipt.logs[0]?.topics[0], `0x${'2a'.padStart(64, '0')}`)
  assert.equal(await counted(tools, counter), 1)

  const heads: bigint[] = []
  const listener = tools.listener()
  const unwatch = listener.client.watchBlocks({ onBlock: ({ number }) => heads.push(number ?? 0n) })
  await new Promise((resolve) => setTimeout(resolve, 200))
  const { blockNumber } = await countUp(tools, counter)
  await until('the block is told', () => heads.includes(blockNumber))
  unwatch()
  await listener.close()

  // The engine is killed: what was in a snapshot is there again, by itself.
  const before = snapshotsIn(chainFolder).at(-1)
  await countUp(tools, counter)
  await until('it is saved', () => snapshotsIn(chainFolder).at(-1) !== before, 15_000)
  const told = subscribed(tools.socketUrl)
  await told.isSubscribed
  process.kill(enginePid(chainFolder), 'SIGKILL')
  assert.deepEqual(await told.closed, [1012, 'CHAIN_RESTARTED'])
  const afterKill = await counted(tools, counter)
  assert.ok(afterKill >= 2 && afterKill <= 3, String(afterKill))

  // A clean stop loses nothing.
  await countUp(tools, counter)
  const pid = enginePid(chainFolder)
  network.up.child.kill('SIGTERM')
  const stopped = await network.up.ended
  assert.equal(stopped.code, 0, JSON.stringify(stopped))
  assert.ok(!isRunning(pid))
  assert.equal((await does('ledger', 'verify', '--sandbox')).ok, true)
  const second = await startNetwork(t, home)
  tools = toolsAt(second.address, key, shown.chainId)
  const startMs = performance.now()
  assert.equal(await counted(tools, counter), afterKill + 1)
  t.diagnostic(`woken in ${Math.round(performance.now() - startMs)} ms`)
  assert.equal(
    (await tools.reader.getTransactionReceipt({ hash: receipt.transactionHash })).status,
    'success',
  )

  // The node is killed, and its engine ends with it.
  const orphan = enginePid(chainFolder)
  second.up.child.kill('SIGKILL')
  const third = await startNetwork(t, home)
  tools = toolsAt(third.address, key, shown.chainId)
  assert.equal(await counted(tools, counter), afterKill + 1)
  assert.ok(!isRunning(orphan))
  assert.equal(await tools.reader.getChainId(), shown.chainId)
}

/** A client with one subscription, and how its connection ends. */
function subscribed(url: string) {
  const socket = new WebSocket(url)
  socket.on('open', () => socket.send(rpc('eth_subscribe', ['newHeads'])))
  const closed = once(socket, 'close').then(([code, reason]) => [code, String(reason)])
  return { socket, isSubscribed: once(socket, 'message'), closed }
}
