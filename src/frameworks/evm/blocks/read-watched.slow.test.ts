import assert from 'node:assert/strict'
import { lookup } from 'node:dns'
import { describe, it, type TestContext } from 'node:test'
import { verifyTransactionProof } from '@openbsn/sdk'
import {
  allLogs,
  type ClosingChains,
  coinLedger,
  logsCall,
  openBlocks,
  outerChain,
  signal,
} from '../../../testing/block-world.ts'
import { until } from '../../../testing/engine-program.ts'
import { createExternalChains } from '../external/external-chains.ts'

type Hex = `0x${string}`
type Options = { readonly finalDepth?: number; readonly chainId?: number }

/** A service on that chain, as an operator connects it. */
function connected(
  t: TestContext,
  url: string,
  { finalDepth = 0, chainId = 424_242 }: Options = {},
) {
  const chains = createExternalChains(
    { chains: { coin: { chainId, finalDepth, upstreams: [{ url }] } }, lookMs: 20 },
    {
      ...{ isEvm: () => true, lookup, nowMs: () => performance.now() },
      publicLookup: (_name, _options, done) => done(new RangeError('private'), '', 0),
      onNotice: () => undefined,
    },
  )
  const closing: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const close of closing) await close()
    await chains.close()
  })
  const own: ClosingChains = { of: (service) => chains.of(service), closing }
  return own
}

/** A contract that is followed, one that is not, and an index over the chain from now on. */
async function followed(t: TestContext, options: Options = {}) {
  const outer = await outerChain(t)
  const [to, other] = [await outer.deploy(), await outer.deploy()]
  const chains = connected(t, outer.url, options)
  const world = await coinLedger(t)
  const transactions: Hex[] = []
  const watched = () => ({ contracts: [to], transactions })
  const opened = openBlocks({ chains, world, watched, pollMs: 20 })
  const { index } = opened
  await until('it is final', async () => {
    await index.advance('coin', signal)
    return index.logs.head('coin') > 0
  })
  return { outer, to, other, chains, world, transactions, watched, ...opened }
}

describe('the index of a chain of others', () => {
  it('has the logs of its contracts, and the transactions that are asked for', async (t) => {
    const { outer, to, other, index, world, transactions } = await followed(t)
    const [logged, strange] = [
      await outer.send({ to, data: logsCall(1, 2) }),
      await outer.send({ to: other, data: logsCall(2, 2) }),
    ]
    const own = await outer.send({ to: other, data: logsCall(3, 1) })
    transactions.push(own)
    const found = await index.waitFor('coin', () => [own], signal)
    assert.deepEqual([found.status, found.to], [1, other])
    assert.equal(index.transaction('coin', logged)?.status, 1)
    assert.equal(index.transaction('coin', strange), undefined)
    const logs = allLogs(index)
    assert.deepEqual(
      logs.map(({ transaction, logIndex }) => [transaction, logIndex]),
      [0, 1].map((place) => [logged, place]),
    )
    await until('it is registered', () => index.proof('coin', own) !== undefined)
    for (const hash of [logged, own]) {
      const proof = verifyTransactionProof(index.proof('coin', hash) ?? assert.fail(), world.keys)
      assert.deepEqual([proof.transaction, proof.chain], [hash, 424_242])
    }
    // Somebody asks for one whose block was passed.
    const late = index.waitFor('coin', () => [strange], signal)
    await outer.changes('anvil_mine', ['0x1'])
    assert.equal((await late).hash, strange)
    assert.deepEqual(allLogs(index), logs)
  })

  it('waits until a block is final, and looks for who waits for logs', async (t) => {
    const { outer, to, index } = await followed(t, { finalDepth: 2 })
    const isThere = async () => {
      while (allLogs(index).length === 0) {
        await index.logs.waitFor('coin', index.logs.head('coin'), signal)
      }
    }
    const waiting = isThere()
    const hash = await outer.send({ to, data: logsCall(1, 1) })
    await outer.receipt(hash)
    await index.advance('coin', signal)
    assert.equal(index.transaction('coin', hash), undefined)
    await outer.changes('anvil_mine', ['0x2'])
    await waiting
    assert.equal(allLogs(index).length, 1)
  })

  it('is of one chain for ever', async (t) => {
    const { file, close } = await followed(t)
    await close()
    const other = connected(t, (await outerChain(t, 7)).url, { chainId: 7 })
    const { index } = openBlocks({ chains: other, path: file })
    await assert.rejects(index.advance('coin', signal), { code: 'CHAIN_CHANGED' })
  })
})

describe('the index of a chain that is reorganised', () => {
  it('goes back ten blocks, repeats no position, and proves what is there now', async (t) => {
    const { outer, to, index, world, notices } = await followed(t)
    const kept = await outer.send({ to, data: logsCall(1, 1) })
    await outer.receipt(kept)
    const old: Hex[] = []
    for (let i = 0; i < 10; i++) {
      old.push(await outer.send({ to, data: logsCall(2, 1) }))
      await outer.receipt(old.at(-1) ?? kept)
    }
    const [last = kept] = old.slice(-1)
    await index.waitFor('coin', () => [last], signal)
    await until('it is registered', () => index.proof('coin', last) !== undefined)
    const before = allLogs(index)
    assert.equal(before.length, 11)
    await outer.changes('anvil_reorg', [10, []])
    const fresh = await outer.send({ to, data: logsCall(3, 1) })
    await index.waitFor('coin', () => [fresh], signal)
    assert.match(notices.map(({ text }) => text).join(), /went back from block/)
    const range = { fromBlock: '0x0', toBlock: 'latest', address: to }
    const now = (await outer.asks('eth_getLogs', [range])) as Record<string, string>[]
    const logs = allLogs(index)
    assert.deepEqual(
      logs.map(({ transaction }) => transaction),
      now.map(({ transactionHash }) => transactionHash),
    )
    const head = (before.at(-1)?.position ?? 0) + 1
    for (const log of logs.slice(1)) assert.ok(log.position >= head)
    await until('it is proven', () => index.proof('coin', fresh) !== undefined)
    const proof = verifyTransactionProof(index.proof('coin', fresh) ?? assert.fail(), world.keys)
    assert.deepEqual([proof.transaction, proof.generation], [fresh, 1])
    assert.ok(index.proof('coin', kept))
    for (const hash of old) assert.equal(index.proof('coin', hash), undefined)
  })

  it('begins anew where nothing of it is left', async (t) => {
    const { outer, to, index, notices } = await followed(t)
    const lost = await outer.send({ to, data: logsCall(1, 1) })
    await index.waitFor('coin', () => [lost], signal)
    const head = index.logs.head('coin')
    await outer.restart()
    const again = await outer.deploy()
    assert.equal(again, to)
    for (let i = 0; i < 4; i++) await outer.changes('anvil_mine', ['0x1'])
    const fresh = await outer.send({ to, data: logsCall(4, 1) })
    await index.waitFor('coin', () => [fresh], signal)
    assert.match(notices.map(({ text }) => text).join(), /went back from block \d+ to -1/)
    assert.deepEqual(
      allLogs(index).map(({ transaction }) => transaction),
      [fresh],
    )
    assert.ok((allLogs(index)[0]?.position ?? 0) >= head)
  })
})
