import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { until } from '../../../testing/engine-program.ts'
import { openSandboxWorld } from '../../../testing/sandbox-world.ts'

/** The first account of the phrase that every tool of chains knows: anvil gives it funds. */
const secret: Hex = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const rich = privateKeyToAccount(secret)
const poor = privateKeyToAccount(`0x${'12'.repeat(32)}`)
const to: Hex = '0x00000000000000000000000000000000000c0ffe'

function setUp(t: TestContext) {
  const world = openSandboxWorld(t)
  const { chain, sender, signal } = world
  const content = { ...{ chainId: chain.chainId, to, value: 1n, gas: 21_000n }, type: 'eip1559' }
  const fees = { maxFeePerGas: 5_000_000_000n, maxPriorityFeePerGas: 1n }
  const signed = (changes: object = {}, by = rich) =>
    by.signTransaction({ ...content, ...fees, nonce: 0, ...changes, type: 'eip1559' })
  const sendRaw = async (raw: Promise<string>) => sender.sendRaw(await raw, signal)
  return { ...world, signed, sendRaw }
}

describe('a transaction that a client signed', () => {
  it('goes to the chain as it is, and is the same one when it comes again', async (t) => {
    const { signed, sendRaw, ask } = setUp(t)
    const sent = await sendRaw(signed())
    assert.deepEqual(sent.hashes(), [sent.hash])
    await until('it is in a block', async () => {
      return (await ask('eth_getTransactionReceipt', sent.hash)) !== null
    })
    assert.equal(Number(await ask('eth_getBalance', to, 'latest')), 1)
    assert.equal((await sendRaw(signed())).hash, sent.hash)
    assert.equal(Number(await ask('eth_getBalance', to, 'latest')), 1)
  })

  it('is refused by the chain with its own code', async (t) => {
    const { signed, sendRaw } = setUp(t)
    await sendRaw(signed())
    const cases: [string, Promise<string>][] = [
      ['NONCE_USED', signed({ value: 2n })],
      ['INSUFFICIENT_FUNDS', signed({}, poor)],
      ['GAS_LIMIT_EXCEEDED', signed({ nonce: 1, gas: 20_999n })],
      ['GAS_LIMIT_EXCEEDED', signed({ nonce: 1, gas: 60_000_001n })],
      ['FEE_TOO_LOW', signed({ nonce: 1, maxFeePerGas: 1n })],
      ['INIT_CODE_TOO_LARGE', signed({ to: undefined, data: `0x${'00'.repeat(49_153)}` })],
      ['TRANSACTION_INVALID', signed({ chainId: 1 })],
      ['TRANSACTION_INVALID', Promise.resolve('0x00')],
    ]
    for (const [code, raw] of cases) await assert.rejects(sendRaw(raw), { code }, code)
  })

  it('is not sent once the sender is closed', async (t) => {
    const { signed, sendRaw, sender, accounts, signal } = setUp(t)
    await sender.close()
    const account = accounts.of('coin', 'till')
    const job = { account, to, data: '0x', value: 1n } as const
    await assert.rejects(sender.send(job, signal), { code: 'CALL_NOT_SENT' })
    await assert.rejects(sendRaw(signed()), { code: 'CALL_NOT_SENT' })
  })
})
