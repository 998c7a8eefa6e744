import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { until } from '../../../testing/engine-program.ts'
import { NonceChain } from '../../../testing/nonce-chain.ts'
import { createPrng } from '../../../testing/prng.ts'
import { testAccounts } from '../../../testing/sandbox-world.ts'
import type { ChainCall } from '../chain.ts'
import { evmError } from '../errors.ts'
import { createSender } from './sender.ts'
import type { SenderOptions } from './sender-options.ts'

const none = { away: 0, lostAnswer: 0, lostHalf: 0, refusal: 0, forgets: 0, stranger: 0, crash: 0 }
const quick = { pollMs: 3, retryMs: 1, stuckMs: 50, doubtMs: 15, dropMs: 5, triesMax: 3 }
const to = '0x00000000000000000000000000000000000000aa'

/** A chain that meets calls as `meet` says before it answers them. */
class OddChain extends NonceChain {
  meet: (call: ChainCall, text: string) => void | Promise<void> = () => undefined

  override async send(call: ChainCall): Promise<Buffer> {
    await this.meet(call, Buffer.from(call.body).toString())
    return super.send(call)
  }
}

function setUp(t: TestContext, options: Partial<SenderOptions> = {}) {
  const chain = new OddChain('sandbox', createPrng(1))
  chain.faults = none
  const account = testAccounts(t).of('coin', 'till')
  const deps = { chain, nowMs: () => performance.now(), onNotice: () => undefined }
  const sender = createSender({ ...quick, ...options }, deps)
  const mining = setInterval(() => chain.mine(5), 3)
  t.after(async () => {
    clearInterval(mining)
    await sender.close()
  })
  const pay = (signal = new AbortController().signal) =>
    sender.send({ account, to, data: '0x', value: 0n }, signal)
  return { chain, account, sender, pay, stopMining: () => clearInterval(mining) }
}

describe('a sender', () => {
  it('sends nothing for who waits no more', async (t) => {
    const { chain, pay } = setUp(t)
    const gone = new AbortController()
    chain.meet = (_, text) => {
      if (text.includes('eth_estimateGas')) gone.abort()
    }
    await assert.rejects(pay(gone.signal), { code: 'CALL_NOT_SENT', retryable: true })
    chain.meet = () => undefined
    await pay()
    await until('it is in a block', () => chain.blocks.length === 1)
  })

  it('does not know what becomes of one that is on its way', async (t) => {
    const { chain, pay } = setUp(t)
    const gone = new AbortController()
    chain.meet = (_, text) => {
      if (text.includes('eth_sendRawTransaction')) gone.abort()
    }
    await assert.rejects(pay(gone.signal), { code: 'CALL_FATE_UNKNOWN', retryable: true })
    await until('it is in a block', () => chain.blocks.length === 1)
  })

  it('gives up where the chain stays away: nothing was sent', async (t) => {
    const { chain, pay } = setUp(t)
    chain.faults = { ...none, away: 100 }
    const results = await Promise.allSettled([pay(), pay(), pay()])
    for (const one of results) {
      assert.equal(one.status === 'rejected' && one.reason.code, 'CALL_NOT_SENT')
    }
    chain.faults = none
    await pay()
    await until('it alone is in a block', () => chain.blocks.length === 1)
  })

  it('watches what got no answer, until it is in a block once', async (t) => {
    const { chain, pay, sender, stopMining } = setUp(t)
    stopMining()
    chain.meet = (_, text) => {
      const isAbout = /eth_sendRaw|ByHash/.test(text)
      chain.faults = { ...none, lostAnswer: isAbout ? 100 : 0 }
    }
    assert.equal(sender.unknownOutcomes, 0)
    await assert.rejects(pay(), { code: 'CALL_FATE_UNKNOWN' })
    assert.equal(sender.unknownOutcomes, 1)
    chain.meet = () => undefined
    chain.faults = none
    await until('one waits', () => chain.queued === 1)
    chain.mine(5)
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.deepEqual([chain.blocks.length, chain.queued], [1, 0])
    assert.equal(sender.unknownOutcomes, 0)
  })

  it('says that a chain is full, and that an account has too many that wait', async (t) => {
    const { chain, pay } = setUp(t, { waitingMax: 2 })
    const results = await Promise.allSettled([pay(), pay(), pay()])
    const [, , third] = results
    assert.equal(third?.status === 'rejected' && third.reason.code, 'CHAIN_BUSY')
    chain.meet = ({ changes }) => {
      if (changes) throw evmError('CHAIN_FULL', 'full')
    }
    await assert.rejects(pay(), { code: 'CHAIN_FULL' })
  })

  it('tells of one that was sent, and can come into no block any more', async (t) => {
    const { chain, account, sender, stopMining } = setUp(t)
    stopMining()
    const content = { account, to, data: '0x05', value: 0n } as const
    const sent = await sender.send(content, new AbortController().signal)
    // Somebody else takes its nonce, and after that it would revert.
    chain.reverting.add('0x05')
    chain.faults = { ...none, stranger: 100 }
    chain.mine(0)
    assert.equal((await sent.dropped).code, 'CALL_REVERTED')
    assert.deepEqual([chain.blocks.length, chain.queued], [1, 0])
  })
})

describe('a sender to a sandbox', () => {
  it('hands over no more than it may at one time, and all of it in the end', async (t) => {
    const { chain, account, sender, stopMining } = setUp(t, { inQueueMax: 10 })
    stopMining()
    const { signal } = new AbortController()
    const sent = Array.from({ length: 35 }, () =>
      sender.send({ account, to, data: '0x', value: 0n }, signal),
    )
    let most = 0
    const mining = setInterval(() => {
      most = Math.max(most, chain.queued)
      chain.mine(3)
    }, 10)
    t.after(() => clearInterval(mining))
    await Promise.all(sent)
    await until('all are in blocks', () => chain.blocks.length === 35)
    assert.equal(most, 10)
  })
})

describe('a transaction of a client', () => {
  it('is known to be sent, or not, or may be', async (t) => {
    const { chain, account, sender } = setUp(t)
    const { raw } = account.sign({
      ...{ chainId: chain.chainId, nonce: 0, to, data: '0x', value: 0n, gas: 21_000n },
      ...{ maxFeePerGas: 9n, maxPriorityFeePerGas: 1n },
    })
    const { signal } = new AbortController()
    chain.faults = { ...none, away: 100 }
    await assert.rejects(sender.sendRaw(raw, signal), { code: 'CALL_NOT_SENT' })
    chain.faults = { ...none, lostAnswer: 100 }
    await assert.rejects(sender.sendRaw(raw, signal), { code: 'CALL_FATE_UNKNOWN' })
    chain.faults = none
    await until('it is in a block', () => chain.blocks.length === 1)
    const { hash } = await sender.sendRaw(raw, signal)
    assert.equal(chain.blocks[0]?.hash, hash)
  })
})
