import assert from 'node:assert/strict'
import type { Hex } from 'viem'
import type { Prng } from '../../src/testing/prng.ts'
import { postRaw } from './evm-world.ts'
import { randomStep, type Step, TokenModel } from './token-model.ts'
import {
  accounts,
  createEthersTool,
  createViemTool,
  type Places,
  readHoldings,
} from './token-tools.ts'

type Done = { readonly step: Step; readonly hash: Hex; readonly sentMs: number }

export const ask = async (url: string, method: string, params: unknown[] = []) => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const { text, headers } = await postRaw(url, body)
  return { result: JSON.parse(text).result, headers }
}

/** Both libraries at one door, on two contracts, against one model. */
export class Market {
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
