import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Hex } from 'viem'
import { externalChainAt, startAnvil } from '../../../testing/anvil-node.ts'
import { until } from '../../../testing/engine-program.ts'
import { testAccounts } from '../../../testing/sandbox-world.ts'
import { createSender } from './sender.ts'
import type { SenderOptions } from './sender-options.ts'

const { signal } = new AbortController()
const placeOf = (n: number): Hex => `0x${(0xb0000 + n).toString(16).padStart(40, '0')}`
const ether = (count: number) => `0x${(BigInt(count) * 10n ** 18n).toString(16)}`
const gwei = (count: number) => `0x${(BigInt(count) * 10n ** 9n).toString(16)}`

async function setUp(t: TestContext, options: Partial<SenderOptions> = {}) {
  const anvil = await startAnvil(t)
  const chain = externalChainAt(t, { ...anvil, finalDepth: 2 })
  const account = testAccounts(t).of('coin', 'till')
  const notices: string[] = []
  const quick = { pollMs: 40, stuckMs: 300, doubtMs: 100 }
  const sender = createSender(
    { ...quick, ...options },
    { chain, nowMs: () => performance.now(), onNotice: (text) => notices.push(text) },
  )
  t.after(() => sender.close())
  await anvil.ask('anvil_setBalance', account.address, ether(10))
  await anvil.ask('evm_mine')
  const pay = (n: number, value = 1n) =>
    sender.send({ account, to: placeOf(n), data: '0x', value }, signal)
  const inBlock = async (hashes: readonly Hex[]) => {
    const receipts = await Promise.all(
      hashes.map((hash) => anvil.ask('eth_getTransactionReceipt', hash)),
    )
    return receipts.filter((one) => one !== null)
  }
  return { ...anvil, chain, account, sender, notices, pay, inBlock }
}

describe('a sender to a chain of others', () => {
  it('raises fees until a transaction is in a block, and one of its hashes counts', async (t) => {
    const { ask, pay, inBlock, account } = await setUp(t)
    const sent = await Promise.all([pay(0), pay(1), pay(2)])
    assert.deepEqual(
      sent.map(({ hashes }) => hashes().length),
      [1, 1, 1],
    )
    // Nothing that was offered is enough for a block any more.
    await ask('anvil_setNextBlockBaseFeePerGas', gwei(40))
    await ask('evm_mine')
    assert.deepEqual(await inBlock(sent.flatMap(({ hashes }) => hashes())), [])
    await until('all are replaced', () => sent.every(({ hashes }) => hashes().length > 1))
    await until('all are in blocks', async () => {
      await ask('evm_mine')
      const found = await Promise.all(sent.map(({ hashes }) => inBlock(hashes())))
      return found.every((receipts) => receipts.length === 1)
    })
    const count = await ask('eth_getTransactionCount', account.address, 'latest')
    assert.equal(Number(count), 3)
    for (const n of [0, 1, 2])
      assert.equal(Number(await ask('eth_getBalance', placeOf(n), 'latest')), 1)
  })

  it('offers no more than it may, and says so', async (t) => {
    const feeMax = 5_000_000_000n
    const { ask, pay, notices } = await setUp(t, { feeMax })
    const sent = await pay(0)
    await ask('anvil_setNextBlockBaseFeePerGas', gwei(400))
    await ask('evm_mine')
    const isTold = () => notices.some((one) => /fees are at their limit/.test(one))
    await until('it is told', isTold)
    for (const hash of sent.hashes()) {
      // Those that the chain refused are not there.
      const there = await ask('eth_getTransactionByHash', hash)
      assert.ok(BigInt(there?.maxFeePerGas ?? 0) <= feeMax, hash)
    }
  })

  it('sends again what the chain dropped', async (t) => {
    const { ask, pay, inBlock } = await setUp(t)
    const sent = await Promise.all([pay(0), pay(1)])
    await ask('anvil_dropAllTransactions')
    await until('both are in blocks', async () => {
      await ask('evm_mine')
      const found = await Promise.all(sent.map(({ hashes }) => inBlock(hashes())))
      return found.every((receipts) => receipts.length === 1)
    })
    assert.equal(Number(await ask('eth_getBalance', placeOf(1), 'latest')), 1)
  })

  it('signs again with another nonce where somebody else has used that one for good', async (t) => {
    const { ask, pay, inBlock, account, chain } = await setUp(t)
    const sent = await pay(0)
    // The same key elsewhere, which offers more.
    const { raw } = account.sign({
      ...{ chainId: chain.chainId, nonce: 0, to: placeOf(9), data: '0x', value: 1n, gas: 21_000n },
      ...{ maxFeePerGas: 90_000_000_000n, maxPriorityFeePerGas: 9_000_000_000n },
    })
    await ask('eth_sendRawTransaction', raw)
    await ask('evm_mine')
    assert.deepEqual(await inBlock(sent.hashes()), [])
    await until('it is in a block', async () => {
      await ask('evm_mine')
      return (await inBlock(sent.hashes())).length === 1
    })
    assert.equal(Number(await ask('eth_getBalance', placeOf(0), 'latest')), 1)
    assert.equal(Number(await ask('eth_getTransactionCount', account.address, 'latest')), 2)
  })
})

describe('a sender whose account has too little', () => {
  it('refuses what cannot be paid, and nothing behind it waits for that', async (t) => {
    const { ask, pay, inBlock, account } = await setUp(t)
    const most = 9n * 10n ** 18n
    await assert.rejects(pay(0, 2n * most), { code: 'INSUFFICIENT_FUNDS' })
    // Each by itself can be paid: the chain takes both, and in the block one of them is too much.
    const [first, second, third] = await Promise.all([pay(0, most), pay(1, most), pay(2)])
    await until('the others are in blocks', async () => {
      await ask('evm_mine')
      const found = await Promise.all([first, third].map(({ hashes }) => inBlock(hashes())))
      return found.every((receipts) => receipts.length === 1)
    })
    const mining = setInterval(() => void ask('evm_mine').catch(() => undefined), 20)
    t.after(() => clearInterval(mining))
    assert.equal((await second.dropped).code, 'INSUFFICIENT_FUNDS')
    assert.deepEqual(await inBlock(second.hashes()), [])
    assert.equal(Number(await ask('eth_getTransactionCount', account.address, 'latest')), 3)
  })

  it('fills the gap of one that the chain did not take after all', async (t) => {
    const { ask, pay, inBlock, account } = await setUp(t)
    // All that it has: enough for the value, as an estimate sees it, and not for the gas.
    const all = 10n ** 19n
    const results = await Promise.allSettled([pay(0), pay(1, all), pay(2), pay(3)])
    const codes = results.map((one) => (one.status === 'rejected' ? one.reason.code : 'sent'))
    assert.deepEqual(codes, ['sent', 'INSUFFICIENT_FUNDS', 'sent', 'sent'])
    await until('the others are in blocks', async () => {
      await ask('evm_mine')
      return Number(await ask('eth_getTransactionCount', account.address, 'latest')) === 4
    })
    const sent = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value.hash] : []))
    assert.equal((await inBlock(sent)).length, 3)
  })
})
