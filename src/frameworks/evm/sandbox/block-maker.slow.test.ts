import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import { mnemonicToAccount } from 'viem/accounts'
import { findEngine } from '../../../engines/find-engine.ts'
import { recipeOf } from '../../../engines/recipes.ts'
import { systemClock } from '../../../kernel/clock.ts'
import { testFolder } from '../../../testing/folder.ts'
import type { ChainNotice } from '../../chain-notice.ts'
import type { Chain } from '../chain.ts'
import { ask, askMany } from '../chain-rpc.ts'
import { quantity } from '../chain-values.ts'
import { signTransaction } from '../transactions/sign-transaction.ts'
import { createSandboxChains, type SandboxChainsOptions } from './sandbox-chains.ts'

const { signal } = new AbortController()
const perBatch = 50
const receiver = '0x00000000000000000000000000000000000000aa'
/** Of the accounts that every tool of chains knows. */
const phrase = 'test test test test test test test test test test test junk'
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))
/** Less than there is by itself, so that a slow machine fills it, too. */
const pendingMax = 150

type Options = Partial<SandboxChainsOptions> & { readonly onNotice?: (one: ChainNotice) => void }

function openChain(t: TestContext, { onNotice = () => undefined, ...options }: Options): Chain {
  const { path: folder, remove } = testFolder()
  const findAnvil = async () =>
    (await findEngine({ recipe: recipeOf('anvil'), cache: folder })).path
  const chains = createSandboxChains(
    { folder, ledger: 'bsn1test', ...options },
    { isEvm: () => true, clock: systemClock, findAnvil, onNotice },
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
    const fees = { maxFeePerGas: quantity(10n ** 14n), maxPriorityFeePerGas: '0x1' }
    const params = [{ from, to, value: '0x1', gas: '0x5208', ...fees, nonce: quantity(first + id) }]
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

/** Signed transactions of an account, each sent when the one before it is answered. */
async function payOneByOne(
  chain: Chain,
  secret: Uint8Array,
  { first = 0, count, onSent }: { first?: number; count: number; onSent?: () => void },
): Promise<void> {
  const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n }
  const same = {
    chainId: chain.chainId,
    gas: 21_000n,
    to: receiver,
    value: 1n,
    data: '0x',
  } as const
  for (let nonce = first; nonce < first + count; nonce++) {
    const { raw } = signTransaction({ ...same, ...fees, nonce }, secret)
    const call = { jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: [raw] }
    const body = Buffer.from(JSON.stringify(call))
    const answer = await chain.send({ body, changes: true, transactions: 1, signal })
    assert.ok(!String(answer).includes('"error"'), String(answer))
    onSent?.()
  }
}

/** Has it make blocks that take it long: transactions that only burn what one may. */
async function burn(chain: Chain, from: string): Promise<void> {
  // JUMPDEST, GAS, 4096, LT, back to the start while there is more; then what returns it.
  const data = '0x695b5a6110001060005700600052600a6016f3'
  const sent = await ask(chain, 'eth_sendTransaction', [{ from, data }], { signal, changes: true })
  const receipt = await ask(chain, 'eth_getTransactionReceipt', [sent], { signal })
  const { contractAddress: to } = receipt as { contractAddress: string }
  const gas = quantity(2 ** 24)
  const calls = Array.from({ length: 80 }, (_, id) => {
    // Full blocks double the base fee in six.
    const fees = { maxFeePerGas: quantity(10n ** 14n), maxPriorityFeePerGas: '0x1' }
    const params = [{ from, to, gas, ...fees, nonce: quantity(id + 1) }]
    return { jsonrpc: '2.0', id, method: 'eth_sendTransaction', params }
  })
  const body = Buffer.from(JSON.stringify(calls))
  await chain.send({ body, changes: true, transactions: calls.length, signal })
}

/** What waits in its engine; `queued` is what waits for another transaction. */
async function poolOf(chain: Chain): Promise<{ pending: number; queued: number }> {
  const status = await ask(chain, 'txpool_status', [], { signal })
  const { pending, queued } = status as { pending: string; queued: string }
  return { pending: Number(pending), queued: Number(queued) }
}

/** Until nothing waits; what still waits after so long. */
async function drained(chain: Chain, withinMs: number) {
  for (const untilMs = performance.now() + withinMs; ; await pause(50)) {
    const pool = await poolOf(chain)
    if (pool.pending + pool.queued === 0 || performance.now() > untilMs) return pool
  }
}

const heightOf = async (chain: Chain) => Number(await ask(chain, 'eth_blockNumber', [], { signal }))

/** How many transactions each block has, without that of the beginning. */
async function countsOf(chain: Chain): Promise<number[]> {
  const last = await heightOf(chain)
  const requests = Array.from({ length: last }, (_, at) => ({
    method: 'eth_getBlockTransactionCountByNumber',
    params: [quantity(at + 1)],
  }))
  const answers = await askMany(chain, requests, { signal })
  return answers.map((answer) => Number('result' in answer ? answer.result : Number.NaN))
}

const noneWaits = { pending: 0, queued: 0 }

const accountsOf = async (chain: Chain) =>
  (await ask(chain, 'eth_accounts', [], { signal })) as string[]

describe('blocks of a sandbox chain', () => {
  it('have a transaction when it is answered, and one that comes alone in its own', async (t) => {
    const chain = openChain(t, {})
    const [from, to] = await accountsOf(chain)
    for (let height = 1; height <= 50; height++) {
      const params = [{ from, to, value: '0x1' }]
      const sent = await ask(chain, 'eth_sendTransaction', params, { signal, changes: true })
      const receipt = await ask(chain, 'eth_getTransactionReceipt', [sent], { signal })
      assert.equal(Number((receipt as { blockNumber?: string } | null)?.blockNumber), height)
    }
    assert.deepEqual(new Set(await countsOf(chain)), new Set([1]))
  })

  it('have all of a flood, while the queue of its engine is kept short', async (t) => {
    const chain = openChain(t, { pendingMax })
    const accounts = await accountsOf(chain)
    let [isOver, most] = [false, 0]
    const watching = (async () => {
      while (!isOver) most = Math.max(most, (await poolOf(chain)).pending)
    })()
    let taken = 0
    const flooding = accounts.map(async (from) => {
      for (let nonce = 0; nonce < 4 * perBatch && (await pay(chain, from, nonce)); ) {
        nonce += perBatch
        taken += perBatch
      }
    })
    await Promise.all(flooding)
    isOver = true
    await watching
    assert.deepEqual(await poolOf(chain), noneWaits)
    assert.ok(most <= pendingMax, `${most} waited at one time`)
    assert.ok(taken > 3 * pendingMax, `${taken} were taken`)
    const counts = await countsOf(chain)
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      taken,
    )
  })

  it('are none of them empty, whatever waits and however long they take', async (t) => {
    const chain = openChain(t, {})
    const [first = '', ...others] = await accountsOf(chain)
    const heavy = burn(chain, first)
    let taken = 0
    const lanes = others.map(async (from) => {
      for (let nonce = 0; nonce < 4 * perBatch; ) {
        // What is refused was not sent.
        if (!(await pay(chain, from, nonce))) continue
        nonce += perBatch
        taken += perBatch
      }
    })
    await Promise.all([heavy, ...lanes])
    assert.deepEqual(await drained(chain, 20_000), noneWaits)
    const counts = await countsOf(chain)
    assert.ok(!counts.includes(0), counts.join())
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      1 + 80 + taken,
    )
  })
})

describe('a sandbox chain', () => {
  it('has in the blocks that it is told to make whatever is sent meanwhile', async (t) => {
    const chain = openChain(t, {})
    let mining = Promise.resolve()
    const mine = async () => void (await ask(chain, 'evm_mine', [], { signal, changes: true }))
    let isAsked = false
    const onSent = () => {
      if (isAsked) return
      isAsked = true
      mining = mining.then(() => {
        isAsked = false
        return mine()
      })
    }
    const lanes = Array.from({ length: 10 }, (_, addressIndex) => {
      const secret = mnemonicToAccount(phrase, { addressIndex }).getHdKey().privateKey
      return payOneByOne(chain, secret ?? assert.fail(), { count: 400, onSent })
    })
    await Promise.all(lanes)
    await mining
    assert.deepEqual(await poolOf(chain), noneWaits)
  })

  it('has what waited for a nonce when that is there, and no block before', async (t) => {
    const chain = openChain(t, {})
    const [late, gap] = [0, 1].map((addressIndex) => mnemonicToAccount(phrase, { addressIndex }))
    const of = (account: typeof late, first: number, count: number) =>
      payOneByOne(chain, account?.getHdKey().privateKey ?? assert.fail(), { first, count })
    await of(late, 3, 4)
    await of(gap, 5, 1)
    assert.deepEqual(await poolOf(chain), { pending: 0, queued: 5 })
    assert.equal(await heightOf(chain), 0)
    await of(late, 0, 3)
    assert.deepEqual(await poolOf(chain), { pending: 0, queued: 1 })
    assert.deepEqual(await countsOf(chain), [1, 1, 5])
  })
})
