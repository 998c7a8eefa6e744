import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import type { Hex } from 'viem'
import { until } from '../../../testing/engine-program.ts'
import { answersOf, gateInitCode, openSandboxWorld } from '../../../testing/sandbox-world.ts'

/** A place of its own for each transfer, so that it shows how often each was made. */
const placeOf = (n: number): Hex => `0x${(0xa0000 + n).toString(16).padStart(40, '0')}`
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

type World = ReturnType<typeof openSandboxWorld>

function setUp(t: TestContext, options: Parameters<typeof openSandboxWorld>[1] = {}) {
  const world = openSandboxWorld(t, options)
  const { sender, accounts, signal } = world
  const account = accounts.of('coin', 'till')
  const pay = (n: number, of = account) =>
    sender.send({ account: of, to: placeOf(n), data: '0x', value: 1n }, signal)
  return { ...world, account, pay }
}

const countOf = async ({ ask }: World, address: string) =>
  Number(await ask('eth_getTransactionCount', address, 'latest'))

/** How much each of the first places has. */
async function paid({ chain }: World, count: number): Promise<number[]> {
  const requests = numbers(count).map((n) => ({
    ...{ method: 'eth_getBalance', params: [placeOf(n), 'latest'] },
  }))
  return (await answersOf(chain, requests)).map(Number)
}

async function deployGate({ sender, account, ask, signal }: World & ReturnType<typeof setUp>) {
  const job = { account, data: gateInitCode, value: 0n } as const
  const { hash } = await sender.send(job, signal)
  let receipt: { contractAddress?: Hex } | null = null
  await until('it is in a block', async () => {
    receipt = (await ask('eth_getTransactionReceipt', hash)) as typeof receipt
    return receipt !== null
  })
  return (receipt as { contractAddress?: Hex } | null)?.contractAddress ?? assert.fail('no address')
}

const codeOf = (error: unknown) => (isCodedError(error) ? error.code : String(error))

describe('a sender over anvil', () => {
  it('sends 500 of one account at once: each once, without a gap', async (t) => {
    const world = setUp(t)
    await world.pay(0)
    const startMs = performance.now()
    const sent = await Promise.all(numbers(500).map((n) => world.pay(n + 1)))
    const tookMs = performance.now() - startMs
    t.diagnostic(`${Math.round(500_000 / tookMs)} a second handed over`)
    assert.equal(new Set(sent.map(({ hash }) => hash)).size, 500)
    const { address } = world.account
    await until('all are in blocks', async () => (await countOf(world, address)) === 501)
    t.diagnostic(`${Math.round(500_000 / (performance.now() - startMs))} a second in blocks`)
    assert.deepEqual(await paid(world, 501), Array(501).fill(1))
  })

  it('sends for 20 accounts at once', async (t) => {
    const world = setUp(t)
    const accounts = numbers(20).map((n) => world.accounts.of('coin', `till-${n}`))
    const startMs = performance.now()
    await Promise.all(
      accounts.flatMap((one, a) => numbers(20).map((n) => world.pay(a * 20 + n, one))),
    )
    t.diagnostic(`${Math.round(400_000 / (performance.now() - startMs))} a second handed over`)
    await until('all are in blocks', async () => {
      const counts = await Promise.all(accounts.map(({ address }) => countOf(world, address)))
      return counts.every((count) => count === 20)
    })
    assert.deepEqual(await paid(world, 400), Array(400).fill(1))
  })

  it('refuses those that would revert, and sends those around them', async (t) => {
    const world = setUp(t)
    const gate = await deployGate(world)
    const { account, sender, signal } = world
    const refused = numbers(5).map(() =>
      sender.send({ account, to: gate, data: '0x', value: 0n }, signal),
    )
    const around = numbers(20).map((n) => world.pay(n))
    const results = await Promise.allSettled([...refused, ...around])
    const codes = results.map((one) => (one.status === 'rejected' ? codeOf(one.reason) : 'sent'))
    assert.deepEqual(codes, [...Array(5).fill('CALL_REVERTED'), ...Array(20).fill('sent')])
    const [first] = results
    assert.equal(first?.status === 'rejected' && first.reason.details.data, '0xdeadbeef')
    await until(
      'the others are in blocks',
      async () => (await countOf(world, account.address)) === 21,
    )
    assert.deepEqual(await paid(world, 20), Array(20).fill(1))
  })
})

describe('a sender over anvil, of one account', () => {
  it('keeps the order: what needs an earlier one is sent after it', async (t) => {
    const world = setUp(t)
    const gate = await deployGate(world)
    const { account, sender, signal } = world
    const call = (data: Hex) => sender.send({ account, to: gate, data, value: 0n }, signal)
    const results = await Promise.allSettled([
      ...[world.pay(0), call('0x00'), world.pay(1), call('0x01'), call('0x00'), world.pay(2)],
      ...[call('0x00'), world.pay(3)],
    ])
    const codes = results.map((one) => (one.status === 'rejected' ? codeOf(one.reason) : 'sent'))
    const sent = Array(6).fill('sent')
    assert.deepEqual(codes, ['sent', 'CALL_REVERTED', ...sent])
    await until('they are in blocks', async () => (await countOf(world, account.address)) === 8)
    const [receipts, nonces] = [[], []] as [unknown[], number[]]
    for (const one of results) {
      if (one.status === 'rejected') continue
      const { hash } = one.value
      const receipt = (await world.ask('eth_getTransactionReceipt', hash)) as { status: string }
      const transaction = (await world.ask('eth_getTransactionByHash', hash)) as { nonce: string }
      receipts.push(receipt.status)
      nonces.push(Number(transaction.nonce))
    }
    assert.deepEqual(receipts, Array(7).fill('0x1'))
    assert.deepEqual(nonces, [1, 2, 3, 4, 5, 6, 7])
  })

  it('refuses what cannot be, with its own code', async (t) => {
    const world = setUp(t)
    const gate = await deployGate(world)
    const { account, sender, signal } = world
    const job = { account, to: gate, data: '0x01', value: 0n } as const
    const cases: [string, Promise<unknown>][] = [
      ['GAS_LIMIT_EXCEEDED', sender.send({ ...job, gas: 21_500n }, signal)],
      ['GAS_LIMIT_EXCEEDED', sender.send({ ...job, gas: 60_000_001n }, signal)],
      ['INSUFFICIENT_FUNDS', sender.send({ ...job, to: placeOf(1), value: 10n ** 24n }, signal)],
      [
        'INIT_CODE_TOO_LARGE',
        sender.send({ account, data: `0x${'00'.repeat(49_153)}`, value: 0n }, signal),
      ],
      // An invalid opcode: there is no data of a revert.
      ['CALL_REVERTED', sender.send({ account, data: '0xfe', value: 0n }, signal)],
      ['CALL_NOT_SENT', sender.send(job, AbortSignal.abort())],
    ]
    const results = await Promise.allSettled(cases.map(([, sent]) => sent))
    const codes = results.map((one) => (one.status === 'rejected' ? codeOf(one.reason) : 'sent'))
    assert.deepEqual(
      codes,
      cases.map(([code]) => code),
    )
    // None of them took a nonce.
    await world.pay(0)
    await until('it is in a block', async () => (await countOf(world, account.address)) === 2)
    assert.equal(world.chain.epoch, 0)
  })

  it('gives an account of a sandbox funds, again when it has spent them', async (t) => {
    const world = setUp(t)
    const { account, sender, signal } = world
    const most = 9999n * 10n ** 18n
    for (const n of numbers(3)) {
      await sender.send({ account, to: placeOf(n), data: '0x', value: most }, signal)
      await until('it is in a block', async () => (await countOf(world, account.address)) === n + 1)
    }
    assert.deepEqual(await paid(world, 3), Array(3).fill(Number(most)))
  })
})

describe('a sender over anvil that is not alone', () => {
  it('goes on where somebody else uses the account at the same time', async (t) => {
    const world = setUp(t)
    const { account, open, signal } = world
    const other = open()
    await world.pay(0)
    const theirs = numbers(60).map(async (n) => {
      const job = { account, to: placeOf(101 + n), data: '0x', value: 1n } as const
      return other.send(job, signal)
    })
    const ours = numbers(60).map((n) => world.pay(n + 1))
    await Promise.all([...theirs, ...ours])
    const { address } = account
    await until('all are in blocks', async () => (await countOf(world, address)) === 121, 20_000)
    const amounts = await paid(world, 161)
    assert.equal(
      amounts.reduce((sum, one) => sum + one, 0),
      121,
    )
    assert.ok(amounts.every((one) => one <= 1))
  })

  for (const killMs of [0, 60, 150])
    it(`sends each once where the chain is killed ${killMs} ms after the first`, async (t) => {
      const world = setUp(t, { stuckMs: 500, doubtMs: 500 })
      const { account, chain } = world
      await world.pay(0)
      await until('it is in a block', async () => (await countOf(world, account.address)) === 1)
      await until('nothing is unsaved', () => chain.lossSecondsMax <= 1)
      await new Promise((resolve) => setTimeout(resolve, 400))
      const sent = numbers(400).map((n) => world.pay(n + 1))
      await Promise.race(sent)
      await new Promise((resolve) => setTimeout(resolve, killMs))
      world.kill()
      const results = await Promise.allSettled(sent)
      const codes = new Set(
        results.flatMap((one) => (one.status === 'rejected' ? [codeOf(one.reason)] : [])),
      )
      await until('it went back', () => chain.epoch === 1)
      // What was in blocks and not saved is lost, as a sandbox says; the rest is not.
      const isQuiet = async () => {
        const { address } = account
        const counts = ['latest', 'pending'].map((tag) =>
          world.ask('eth_getTransactionCount', address, tag),
        )
        const [latest, pending] = (await Promise.all(counts)).map(Number)
        return latest === pending
      }
      await world.pay(401)
      await until('nothing waits', isQuiet, 20_000)
      await new Promise((resolve) => setTimeout(resolve, 1500))
      await until('nothing waits', isQuiet, 20_000)
      const amounts = await paid(world, 402)
      const made = amounts.filter((one) => one === 1).length
      t.diagnostic(`${made} of 402 made, told: ${[...codes].join(' ')}`)
      assert.ok(
        amounts.every((one) => one <= 1),
        'none was made twice',
      )
      assert.equal(await countOf(world, account.address), made)
      // How many of the others were in blocks already, and so are lost, the machine's speed says.
      assert.equal(amounts[401], 1)
    })
})
