import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Hex } from 'viem'
import { until } from '../../src/testing/engine-program.ts'
import type { Prng } from '../../src/testing/prng.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { startNetwork } from '../cli/bsn.ts'
import { killEngine, postRaw, savedHeight, startEvm } from './evm-world.ts'
import { randomStep, type Step, TokenModel } from './token-model.ts'
import {
  accounts,
  createEthersTool,
  createViemTool,
  outsider,
  type Places,
  readHoldings,
} from './token-tools.ts'

const stepsOfPart = 30

type Done = { readonly step: Step; readonly hash: Hex; readonly sentMs: number }

const ask = async (url: string, method: string, params: unknown[] = []) => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const { text, headers } = await postRaw(url, body)
  return { result: JSON.parse(text).result, headers }
}

/** Both libraries at one door, on two contracts, against one model. */
class Market {
  readonly prng: Prng
  /** In the order of the chain. */
  done: Done[] = []
  refused = 0
  model = new TokenModel()
  tools: readonly [ReturnType<typeof createViemTool>, ReturnType<typeof createEthersTool>]
  places: Places = { Coin: '0x', Deed: '0x' }

  constructor(door: { readonly url: string; readonly chainId: number }, prng: Prng) {
    this.prng = prng
    this.tools = [createViemTool(door), createEthersTool(door)]
  }

  /** Other connections to another address: what was there before is there. */
  move(door: { readonly url: string; readonly chainId: number }): void {
    this.close()
    this.tools = [createViemTool(door), createEthersTool(door)]
  }

  close(): void {
    for (const tool of this.tools) tool.close()
  }

  async deploy(): Promise<void> {
    const [viem, ethers] = this.tools
    this.places = { Coin: await viem.deploy('Coin'), Deed: await ethers.deploy('Deed') }
  }

  async trade(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const step = randomStep(this.prng, accounts)
      const tool = this.tools[this.prng.int(0, 1)] ?? this.tools[0]
      const sentMs = performance.now()
      const sent = await tool.send(this.places, step)
      const expected = this.model.apply(step)
      const what = `seed ${this.prng.seed}, ${tool.name}: ${JSON.stringify(step)}`
      assert.equal('refused' in sent ? sent.refused : undefined, expected, what)
      if ('hash' in sent) this.done.push({ step, hash: sent.hash, sentMs })
      else this.refused++
    }
  }

  async judge(when: string): Promise<void> {
    for (const tool of this.tools) {
      const found = await readHoldings(tool.read(this.places))
      const what = `seed ${this.prng.seed}, ${when}, ${tool.name}`
      assert.deepEqual(found, this.model.holdings(), what)
    }
  }

  /** After a crash: what is on the chain still, and what went back, the last ones alone. */
  async recount(url: string): Promise<readonly Done[]> {
    const receipts = await Promise.all(
      this.done.map(({ hash }) => ask(url, 'eth_getTransactionReceipt', [hash])),
    )
    const count = receipts.findIndex(({ result }) => result === null)
    const kept = count < 0 ? this.done : this.done.slice(0, count)
    for (const [i, { result }] of receipts.entries()) {
      assert.equal(result?.status, i < kept.length ? '0x1' : undefined, `seed ${this.prng.seed}`)
    }
    const lost = this.done.slice(kept.length)
    this.done = [...kept]
    this.model = new TokenModel()
    for (const { step } of kept) assert.equal(this.model.apply(step), undefined)
    return lost
  }
}

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
    network.up.child.kill('SIGTERM')
    assert.equal((await network.up.ended).code, 0)
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
