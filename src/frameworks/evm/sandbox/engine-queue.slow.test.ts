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
import { ask } from '../chain-rpc.ts'
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
  const receiptOf = () => ask(chain, 'eth_getTransactionReceipt', [sent], { signal })
  let receipt = await receiptOf()
  for (; receipt === null; receipt = await receiptOf()) await pause(5)
  const { contractAddress: to } = receipt as { contractAddress: string }
  const gas = quantity(2 ** 24)
  const calls = Array.from({ length: 80 }, (_, id) => {
    const params = [{ from, to, gas, nonce: quantity(id + 1) }]
    return { jsonrpc: '2.0', id, method: 'eth_sendTransaction', params }
  })
  await chain.send({ body: Buffer.from(JSON.stringify(calls)), changes: true, signal })
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

/** More than a thousand that wait while blocks are made. */
async function overfill(chain: Chain): Promise<void> {
  const accounts = (await ask(chain, 'eth_accounts', [], { signal })) as string[]
  await burn(chain, accounts[0] ?? '')
  let [isOver, most] = [false, 0]
  // How many wait depends on how fast blocks are made.
  const goesOn = (nonce: number) => nonce < 4 * perBatch || (most <= 1000 && nonce < 20 * perBatch)
  const lanes = accounts.slice(1).map(async (from) => {
    for (let nonce = 0; goesOn(nonce); nonce += perBatch) await pay(chain, from, nonce)
  })
  const watching = (async () => {
    for (; !isOver; await pause(20)) most = Math.max(most, (await poolOf(chain)).pending)
  })()
  await Promise.all(lanes)
  isOver = true
  await watching
  assert.ok(most > 1000, `${most} wait`)
}

/** The height at which no more blocks come. */
async function restingAt(chain: Chain): Promise<number> {
  const untilMs = performance.now() + 20_000
  for (let last = -1; ; await pause(200)) {
    const height = await heightOf(chain)
    if (height === last) return height
    assert.ok(performance.now() < untilMs, `${height} blocks, and more come`)
    last = height
  }
}

const noneWaits = { pending: 0, queued: 0 }

describe('a sandbox chain that is flooded', () => {
  it('keeps the queue of its engine short, and has all that it took in blocks', async (t) => {
    const chain = openChain(t, { pendingMax })
    const accounts = (await ask(chain, 'eth_accounts', [], { signal })) as string[]
    let [isOver, most] = [false, 0]
    const pending = async () => (await poolOf(chain)).pending
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

  it('makes no empty blocks, however many wait', async (t) => {
    const chain = openChain(t, { pendingMax: 10_000 })
    await overfill(chain)
    assert.deepEqual(await drained(chain, 10_000), noneWaits)
    const height = await restingAt(chain)
    assert.ok(height < 500, `${height} blocks of 80 large transactions and 36 batches`)
  })

  it('is healed where its engine makes empty blocks without end', async (t) => {
    const notices: string[] = []
    const onNotice = ({ text }: ChainNotice) => notices.push(text)
    const chain = openChain(t, { pendingMax: 10_000, onNotice })
    // With this it forgets how much may come into a block.
    for (const is of [false, true]) {
      await ask(chain, 'evm_setAutomine', [is], { signal, changes: true })
    }
    await overfill(chain)
    assert.deepEqual(await drained(chain, 20_000), noneWaits)
    const height = await restingAt(chain)
    t.diagnostic(`${height} blocks`)
    assert.match(notices.join(), /empty blocks without end/)
  })
})

describe('a sandbox chain that is told to make blocks', () => {
  it('has in them whatever is sent meanwhile', async (t) => {
    const chain = openChain(t, {})
    // A block after each transaction: one that was taken while its block ended would wait for good.
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
    await ask(chain, 'evm_setAutomine', [false], { signal, changes: true })
    const lanes = Array.from({ length: 10 }, (_, addressIndex) => {
      const secret = mnemonicToAccount(phrase, { addressIndex }).getHdKey().privateKey
      return payOneByOne(chain, secret ?? assert.fail(), { count: 400, onSent })
    })
    await Promise.all(lanes)
    await mining
    assert.deepEqual(await drained(chain, 2000), noneWaits)
  })
})

describe('what waits in an engine for a transaction that is in a block', () => {
  it('comes into one as well, and what waits for a nonce goes on waiting', async (t) => {
    const chain = openChain(t, {})
    const [stuck, gap] = [0, 1].map((addressIndex) => mnemonicToAccount(phrase, { addressIndex }))
    const of = (account: typeof stuck, first: number, count: number) =>
      payOneByOne(chain, account?.getHdKey().privateKey ?? assert.fail(), { first, count })
    await of(stuck, 3, 4)
    await of(gap, 5, 1)
    assert.deepEqual(await poolOf(chain), { pending: 0, queued: 5 })
    // As if those before had been in the block that ended meanwhile.
    await ask(chain, 'anvil_setNonce', [stuck?.address, '0x3'], { signal, changes: true })
    const untilMs = performance.now() + 10_000
    while ((await poolOf(chain)).queued > 1 && performance.now() < untilMs) await pause(50)
    await pause(100)
    assert.deepEqual(await poolOf(chain), { pending: 0, queued: 1 })
    const count = await ask(chain, 'eth_getTransactionCount', [stuck?.address, 'latest'], {
      signal,
    })
    assert.equal(Number(count), 7)
  })
})
