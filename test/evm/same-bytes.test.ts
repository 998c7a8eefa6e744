import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { knownMethods } from '../../src/gateway/doors/jsonrpc/rpc-methods.ts'
import { askEngine, postRaw, startEvm, toolsAt, type World } from './evm-world.ts'
import { furnish, type Names, requestTexts, rpcRequests } from './rpc-requests.ts'

/** These answer otherwise each time, or over a connection of their own: other tests have them. */
const elsewhere = new Set([
  ...['eth_subscribe', 'eth_unsubscribe', 'evm_mine', 'evm_increaseTime'],
  ...['eth_newBlockFilter', 'eth_newPendingTransactionFilter'],
])

describe('the bytes of a sandbox chain', () => {
  it('are the same through the door as from the engine, for every method', async (t) => {
    const asked = new Set(rpcRequests.calls.map(([method]) => method))
    const missing = [...knownMethods].filter((one) => !asked.has(one) && !elsewhere.has(one))
    assert.deepEqual(missing, [], 'methods that the set of requests does not have')
    const world = await startEvm(t)
    const { network, does, key, chainFolder } = world
    const { chainId } = await does('service', 'show', 'coin', '--sandbox')
    const tools = toolsAt(network.address, key, chainId)
    const names = await furnish(tools, chainFolder)
    const texts = requestTexts(names)
    const before = await stateOf(chainFolder)
    await overHttp(t, world, tools.url, texts)
    assert.equal(await stateOf(chainFolder), before, 'nothing of the set changes the chain')
    await overSocket(t, world, tools.socketUrl, texts)
    await inBatches(world, tools.url, names)
  })
})

async function stateOf(chainFolder: string): Promise<string> {
  const asked = ['eth_blockNumber', 'txpool_inspect'].map((method) =>
    askEngine(chainFolder, `{"jsonrpc":"2.0","id":1,"method":"${method}","params":[]}`),
  )
  return (await Promise.all(asked)).join()
}

async function overHttp(t: TestContext, { chainFolder }: World, url: string, texts: string[]) {
  const differing: string[] = []
  for (const body of texts) {
    const direct = await steadily(chainFolder, body).catch(String)
    const { status, text } = await postRaw(url, body)
    if (status === 200 && sorted(text) === sorted(direct)) continue
    differing.push(`${body.slice(0, 300)}\n  engine ${direct}\n  door ${status} ${text}`)
  }
  t.diagnostic(`${texts.length} requests over HTTP`)
  assert.deepEqual(differing, [])
}

async function overSocket(t: TestContext, { chainFolder }: World, url: string, texts: string[]) {
  const socket = new WebSocket(url)
  t.after(() => socket.terminate())
  await once(socket, 'open')
  for (const body of texts) {
    const direct = await steadily(chainFolder, body)
    socket.send(body)
    const [told] = await once(socket, 'message')
    assert.equal(sorted(String(told)), sorted(direct), `over a WebSocket: ${body.slice(0, 300)}`)
  }
  socket.close()
}

/** All calls of the set that name no id twice, by hundreds. */
async function inBatches({ chainFolder }: World, url: string, names: Names): Promise<void> {
  const calls = requestTexts(names).slice(0, rpcRequests.calls.length)
  for (let from = 0; from < calls.length; from += 100) {
    const body = `[${calls.slice(from, from + 100).join(' , ')}]`
    const direct = await steadily(chainFolder, body)
    const { status, text } = await postRaw(url, body)
    assert.deepEqual([status, sorted(text)], [200, sorted(direct)], `calls from ${from} on`)
  }
}

/** What the engine says twice: some answers change with the second in which they are given. */
async function steadily(chainFolder: string, body: string): Promise<string> {
  let before = await askEngine(chainFolder, body)
  for (let tries = 0; tries < 20; tries++) {
    const again = await askEngine(chainFolder, body)
    if (sorted(again) === sorted(before)) return again
    before = again
  }
  return assert.fail(`the engine says something else each time: ${body.slice(0, 300)}`)
}

/** Items of a batch come in any order. */
function sorted(text: string): string {
  if (!text.startsWith('[')) return text
  const items = JSON.parse(text) as { id: unknown }[]
  return JSON.stringify(items.map((one) => JSON.stringify(one)).toSorted())
}
