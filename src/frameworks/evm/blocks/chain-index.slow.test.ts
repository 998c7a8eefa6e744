import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sha256, verifyTransactionProof } from '@openbsn/sdk'
import {
  allLogs,
  coinLedger,
  logsCall,
  openBlocks,
  sandboxes,
  signal,
  topicOf,
} from '../../../testing/block-world.ts'
import { isRunning, until } from '../../../testing/engine-program.ts'
import type { BlockIndex } from '../../blocks/block-index.ts'
import type { IndexedLog } from '../../blocks/indexed-logs.ts'
import { actMarker } from '../act-tag.ts'
import { chainWithSend } from '../chain-with-send.ts'

type Hex = `0x${string}`

const identityOf = (name: string) => sha256(Buffer.from(name))
const tagged = (call: string, name: string) =>
  `${call}${actMarker.toString('hex')}${Buffer.from(identityOf(name)).toString('hex')}` as const

/** Of one contract, page by page from the end. */
function logsBack({ logs }: Pick<BlockIndex, 'logs'>, address: string) {
  const all: IndexedLog[] = []
  let hasMore = true
  for (let before = Number.MAX_SAFE_INTEGER; hasMore; before = all.at(-1)?.position ?? 0) {
    const page = logs.readBack('coin', { before, limit: 2, address })
    all.push(...page.logs)
    hasMore = page.hasOlder
  }
  return all
}

describe('the index of a sandbox', () => {
  it('has transactions, what became of them, and the acts that they name', async (t) => {
    const { chains, send, deploy, deployReverting, asks } = sandboxes(t)
    const { index } = openBlocks({ chains })
    const contract = await deploy()
    const reverting = await deployReverting()
    const good = await send({ to: contract, data: tagged(logsCall(1, 2), 'good') })
    const bad = await send({ to: reverting, data: tagged('0x', 'bad') })
    const made = await index.waitFor('coin', () => [good], signal)
    const receipt = (await asks('eth_getTransactionReceipt', [good])) as Record<string, string>
    assert.equal(made.blockHash, receipt.blockHash)
    assert.equal(made.height, Number(receipt.blockNumber))
    assert.equal(made.gasUsed, BigInt(receipt.gasUsed ?? ''))
    assert.deepEqual([made.status, made.to, made.created], [1, contract, undefined])
    assert.deepEqual(index.act('coin', identityOf('good')), made)
    const reverted = await index.waitFor('coin', () => ['0x00', bad], signal)
    assert.deepEqual([reverted.status, reverted.hash], [0, bad])
    assert.deepEqual(index.act('coin', identityOf('bad')), reverted)
    assert.equal(index.act('coin', identityOf('none')), undefined)
    assert.equal(
      index.act('coin', identityOf('good'), () => false),
      undefined,
    )
    assert.equal(index.transaction('coin', bad)?.hash, bad)
    assert.equal(index.transaction('coin', '0x1234'), undefined)
    const [first] = allLogs(index)
    const deployed = index.transaction('coin', first?.transaction ?? '')
    assert.equal(deployed?.to, contract)
  })

  it('has logs in order, from every position, and by filter', async (t) => {
    const { chains, send, deploy, asks, receipt } = sandboxes(t)
    const { index } = openBlocks({ chains })
    const contracts = [await deploy(), await deploy()]
    const sent: Hex[] = []
    for (let i = 0; i < 12; i++) {
      sent.push(await send({ to: contracts[i % 2], data: logsCall(i % 3, i % 4) }))
    }
    for (const hash of sent) await receipt(hash)
    await index.advance('coin', signal)
    const range = { fromBlock: '0x0', toBlock: 'latest' }
    const wanted = (await asks('eth_getLogs', [range])) as Record<string, string>[]
    const logs = allLogs(index)
    assert.equal(logs.length, 18)
    const short = (one: object) => JSON.stringify(one)
    assert.deepEqual(
      logs.map((one) => short([one.transaction, one.address, one.topics, one.data, one.logIndex])),
      wanted.map((one) =>
        short([one.transactionHash, one.address, one.topics, one.data, Number(one.logIndex)]),
      ),
    )
    for (const [i, { position }] of logs.entries()) {
      assert.deepEqual(allLogs(index, position), logs.slice(i))
      assert.deepEqual(allLogs(index, position + 1), logs.slice(i + 1))
    }
    for (const address of contracts) {
      const own = logs.filter((one) => one.address === address)
      assert.deepEqual(allLogs(index, 0, 3, { address }), own)
      assert.deepEqual(logsBack(index, address), own.toReversed())
    }
    for (const topic of [0, 1, 2, 9].map(topicOf)) {
      const own = logs.filter(({ topics }) => topics[0] === topic)
      assert.deepEqual(allLogs(index, 0, 2, { topic }), own)
    }
    const { transaction } = logs[5] ?? assert.fail()
    const own = logs.filter((one) => one.transaction === transaction)
    assert.deepEqual(index.logs.ofTransaction('coin', transaction), own)
    assert.deepEqual(index.logs.ofTransaction('coin', '0x12'), [])
    const second = openBlocks({ chains })
    await second.index.advance('coin', signal)
    assert.deepEqual(allLogs(second.index), logs)
  })
})

describe('who waits for logs of a sandbox', () => {
  it('is woken when it is touched, and lets the chain sleep', async (t) => {
    const { chains, send, deploy, pid } = sandboxes(t, { idleMs: 200 })
    const { index } = openBlocks({ chains })
    const contract = await deploy()
    await index.advance('coin', signal)
    const head = index.logs.head('coin')
    const woken = index.logs.waitFor('coin', head, signal)
    const stop = new AbortController()
    const stopped = index.logs.waitFor('coin', head + 1e12, stop.signal)
    const alive = pid()
    await until('it sleeps', () => !isRunning(alive))
    await send({ to: contract, data: logsCall(1, 1) })
    index.touched('coin')
    await woken
    assert.equal(index.logs.read('coin', { from: head, limit: 5 }).logs.length, 1)
    stop.abort()
    await stopped
  })
})

describe('what waits for a transaction', () => {
  it('ends with its signal, or where there is no chain', async (t) => {
    const { chains, height } = sandboxes(t)
    const { index } = openBlocks({ chains })
    await height()
    const stop = new AbortController()
    const waits = index.waitFor('coin', () => ['0x01'], stop.signal)
    stop.abort(new RangeError('enough'))
    await assert.rejects(waits, RangeError)
    const none = index.waitFor('flights', () => [], signal)
    await assert.rejects(none, { code: 'CHAIN_UNAVAILABLE' })
    await assert.rejects(index.advance('coin', AbortSignal.abort(new RangeError('x'))), RangeError)
    assert.deepEqual(index.logs.read('none', { from: 3, limit: 1 }), { logs: [], next: 3 })
  })
})

describe('ranges of blocks', () => {
  it('are registered, and prove each transaction of theirs', async (t) => {
    const { chains, send, deploy } = sandboxes(t)
    const world = await coinLedger(t)
    const { index, notices } = openBlocks({ chains, world })
    const to = await deploy()
    const hashes: `0x${string}`[] = []
    for (let i = 0; i < 9; i++) hashes.push(await send({ to, data: logsCall(1, 1) }))
    const last = hashes.at(-1) ?? assert.fail()
    assert.equal(index.proof('coin', last), undefined)
    await index.waitFor('coin', () => [last], signal)
    await until('it is registered', () => index.proof('coin', last) !== undefined)
    for (const hash of hashes) {
      const proof = index.proof('coin', hash) ?? assert.fail()
      const { transaction, status, service, ledger } = verifyTransactionProof(proof, world.keys)
      assert.deepEqual([transaction, status, service, ledger], [hash, 1, 'coin', world.id])
    }
    assert.deepEqual(notices, [])
    // Another node of the service takes what is registered, and proves by it.
    const other = openBlocks({ chains, world })
    const entries = []
    for (let i = other.index.nextEntry; ; i++) {
      const entry = world.ledger.entry(i)
      if (!entry) break
      entries.push(entry)
    }
    other.index.registered(entries, entries.length)
    other.index.registered(entries, entries.length)
    assert.equal(other.index.nextEntry, entries.length)
    await other.index.advance('coin', signal)
    assert.deepEqual(other.index.proof('coin', last), index.proof('coin', last))
    assert.deepEqual(other.notices, [])
  })
})

describe('how often a sandbox is looked at', () => {
  it('is seldom while nobody waits, and at once where somebody does', async (t) => {
    const { chains, chain, send, deploy } = sandboxes(t)
    let looks = 0
    const looked = chainWithSend(chain, (call) => {
      if (String(call.body).includes('eth_blockNumber')) looks++
      return chain.send(call)
    })
    const { index } = openBlocks({ chains: { ...chains, of: () => looked } })
    const to = await deploy()
    await index.advance('coin', signal)
    looks = 0
    const startMs = performance.now()
    while (performance.now() - startMs < 500) {
      await send({ to, data: logsCall(1, 1) })
      index.touched('coin')
    }
    const tookMs = performance.now() - startMs
    assert.ok(looks <= 2 + tookMs / 200, `${looks} looks in ${Math.round(tookMs)} ms`)
    const waits: number[] = []
    for (let i = 0; i < 10; i++) {
      await index.advance('coin', signal)
      const head = index.logs.head('coin')
      await send({ to, data: logsCall(1, 1) })
      // The next look is not due for a while, when somebody begins to wait.
      index.touched('coin')
      const sentMs = performance.now()
      await index.logs.waitFor('coin', head, signal)
      waits.push(performance.now() - sentMs)
    }
    assert.ok(Math.min(...waits) < 150, `woken after ${waits.map(Math.round)} ms`)
  })
})
