import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import { findEngine } from '../../../engines/find-engine.ts'
import { recipeOf } from '../../../engines/recipes.ts'
import { systemClock } from '../../../kernel/clock.ts'
import { testFolder } from '../../../testing/folder.ts'
import type { Chain } from '../chain.ts'
import { ask } from '../chain-rpc.ts'
import { quantity } from '../chain-values.ts'
import { createSandboxChains } from './sandbox-chains.ts'

const { signal } = new AbortController()
const perBatch = 50
/** Less than there is by itself, so that a slow machine fills it, too. */
const pendingMax = 150

function openChain(t: TestContext): Chain {
  const { path: folder, remove } = testFolder()
  const findAnvil = async () =>
    (await findEngine({ recipe: recipeOf('anvil'), cache: folder })).path
  const chains = createSandboxChains(
    { folder, ledger: 'bsn1test', pendingMax },
    { isEvm: () => true, clock: systemClock, findAnvil, onNotice: () => undefined },
  )
  t.after(async () => {
    await chains.close()
    remove()
  })
  return chains.of('coin') ?? assert.fail('no chain')
}

/** A batch of payments of one account, as the door hands it over. True where the chain took it. */
async function pay(chain: Chain, from: string, first: number): Promise<boolean> {
  const calls = Array.from({ length: perBatch }, (_, id) => {
    const to = `0x${quantity(1_000_000 + id)
      .slice(2)
      .padStart(40, '0')}`
    const params = [{ from, to, value: '0x1', gas: '0x5208', nonce: quantity(first + id) }]
    return { jsonrpc: '2.0', id, method: 'eth_sendTransaction', params }
  })
  const body = Buffer.from(JSON.stringify(calls))
  try {
    const answer = await chain.send({ body, changes: true, transactions: perBatch, signal })
    assert.ok(!String(answer).includes('"error"'), String(answer).slice(0, 300))
    return true
  } catch (error) {
    assert.ok(isCodedError(error) && error.code === 'CHAIN_BUSY' && error.retryable, String(error))
    return false
  }
}

describe('a sandbox chain that is flooded', () => {
  it('keeps the queue of its engine short, and has all that it took in blocks', async (t) => {
    const chain = openChain(t)
    const accounts = (await ask(chain, 'eth_accounts', [], { signal })) as string[]
    let [isOver, most] = [false, 0]
    const pending = async () => {
      const status = (await ask(chain, 'txpool_status', [], { signal })) as { pending: string }
      return Number(status.pending)
    }
    const watching = (async () => {
      while (!isOver) most = Math.max(most, await pending())
    })()
    let taken = 0
    const flooding = accounts.map(async (from) => {
      for (let nonce = 0; nonce < 4 * perBatch && (await pay(chain, from, nonce)); ) {
        nonce += perBatch
        taken += perBatch
      }
    })
    await Promise.all(flooding)
    const until = performance.now() + 30_000
    while ((await pending()) > 0 && performance.now() < until) {
      await new Promise((done) => setTimeout(done, 50))
    }
    isOver = true
    await watching
    assert.equal(await pending(), 0, 'what waited is in blocks')
    assert.ok(most <= pendingMax, `${most} waited at one time`)
    assert.ok(taken > 3 * pendingMax, `${taken} were taken`)
  })
})
