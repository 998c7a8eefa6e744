import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { until } from '../../src/testing/engine-program.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { startNetwork, stopInOrder } from '../cli/bsn.ts'
import { killEngine, postRaw, savedHeight, startEvm } from './evm-world.ts'
import { ask, Market } from './token-market.ts'
import type { Step } from './token-model.ts'
import { accounts, outsider } from './token-tools.ts'

const stepsOfPart = 30

async function untilSaved(url: string, chainFolder: string): Promise<void> {
  const height = Number((await ask(url, 'eth_blockNumber')).result)
  await until('it is saved', () => savedHeight(chainFolder) >= height, 15_000)
}

describe('tokens of OpenZeppelin at the door', () => {
  it('are moved at random by viem and ethers, through crashes and sleep', async (t) => {
    const prng = testPrng()
    t.diagnostic(`seed ${prng.seed}`)
    const world = await startEvm(t)
    const { network, home, does, key, chainFolder } = world
    const { chainId } = await does('service', 'show', 'coin', '--sandbox')
    let url = `${network.address}/api/${key}/coin/rpc`
    const market = new Market({ url, chainId }, prng)
    t.after(() => market.close())
    await market.deploy()
    await market.trade(stepsOfPart)
    await market.judge('before any fault')

    await untilSaved(url, chainFolder)
    await killEngine(chainFolder)
    market.move({ url, chainId })
    assert.deepEqual(await market.recount(url), [], 'all of it was saved')
    await market.judge('after a crash of the engine with all saved')

    await market.trade(stepsOfPart)
    await crashInTheMiddle(t, market, { url, chainFolder, chainId })

    await market.trade(stepsOfPart)
    await stopInOrder(network.up)
    const second = await startNetwork(t, home)
    url = `${second.address}/api/${key}/coin/rpc`
    market.move({ url, chainId })
    assert.deepEqual(await market.recount(url), [], 'a clean stop loses nothing')
    await market.judge('after a clean stop')

    await market.trade(stepsOfPart)
    await untilSaved(url, chainFolder)
    second.up.child.kill('SIGKILL')
    await second.up.ended
    const third = await startNetwork(t, home)
    url = `${third.address}/api/${key}/coin/rpc`
    market.move({ url, chainId })
    assert.deepEqual(await market.recount(url), [], 'all of it was saved')
    await market.trade(stepsOfPart)
    await market.judge('at the end')
    t.diagnostic(`${market.done.length} transactions on the chain, ${market.refused} refused`)
    assert.ok(market.refused > 5 && market.done.length > stepsOfPart, `seed ${prng.seed}`)
  })
})

/** Nothing is waited for: what goes back is what the answers said that a crash may take. */
async function crashInTheMiddle(
  t: TestContext,
  market: Market,
  { url, chainFolder, chainId }: { url: string; chainFolder: string; chainId: number },
): Promise<void> {
  const args = [accounts[0] ?? '', '1000']
  const step: Step = { token: 'Coin', from: outsider.address, function: 'mint', args }
  const { raw, hash } = await market.tools[0].sign(market.places, step)
  const { headers } = await ask(url, 'eth_blockNumber')
  const [, seconds] = /may-lose-seconds=(\d+)$/.exec(headers.get('x-bsn-durability') ?? '') ?? []
  const flying = postRaw(
    url,
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: [raw] }),
  )
  const killedMs = performance.now()
  await killEngine(chainFolder)
  t.diagnostic(`a transaction that flew when the engine was killed: ${(await flying).text}`)
  market.move({ url, chainId })
  const lost = await market.recount(url)
  t.diagnostic(`${lost.length} transactions went back, of the last ${seconds} s`)
  for (const { sentMs } of lost) {
    assert.ok(killedMs - sentMs < (Number(seconds) + 1) * 1000, `${killedMs - sentMs} ms ago`)
  }
  // Sent again as it is, it has one effect, whatever became of it.
  await ask(url, 'eth_sendRawTransaction', [raw])
  const isThere = async () => (await ask(url, 'eth_getTransactionReceipt', [hash])).result !== null
  await until('it is in a block', isThere)
  assert.equal(market.model.apply(step), undefined)
  market.done.push({ step, hash, sentMs: performance.now() })
  await market.judge('after a crash with transactions that were not saved')
}
