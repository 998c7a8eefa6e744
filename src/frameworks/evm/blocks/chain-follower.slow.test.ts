import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { verifyTransactionProof } from '@openbsn/sdk'
import {
  allLogs,
  coinLedger,
  logsCall,
  openBlocks,
  sandboxes,
  signal,
} from '../../../testing/block-world.ts'
import { until } from '../../../testing/engine-program.ts'
import type { LedgerWorld } from '../../../testing/ledger-world.ts'
import type { Prng } from '../../../testing/prng.ts'
import { testPrng } from '../../../testing/seed.ts'
import type { BlockIndex } from '../../blocks/block-index.ts'

type Hex = `0x${string}`

/** A sandbox with one saved transaction and five that a kill takes away, all registered. */
async function aboutToLose(t: TestContext) {
  const sandbox = sandboxes(t, { saveIntervalMs: 3000 })
  const { chains, send, deploy, saved, receipt } = sandbox
  const world = await coinLedger(t)
  const opened = openBlocks({ chains, world })
  const { index } = opened
  const to = await deploy()
  const kept = await send({ to, data: logsCall(1, 1) })
  await index.waitFor('coin', () => [kept], signal)
  const before = saved()
  await until('it is saved', () => saved() !== before)
  const lost: Hex[] = []
  for (let i = 0; i < 5; i++) {
    lost.push(await send({ to, data: logsCall(2, 1) }))
    // Each in a block of its own.
    await receipt(lost.at(-1) ?? '0x')
  }
  const [last = kept] = lost.slice(-1)
  await index.waitFor('coin', () => [last], signal)
  await until('it is registered', () => index.proof('coin', last) !== undefined)
  return { ...sandbox, ...opened, world, to, kept, lost }
}

describe('the index of a sandbox that is killed', () => {
  it('goes back with it, and repeats no position', async (t) => {
    const { chains, chain, send, height, pid, world, to, kept, lost, ...opened } =
      await aboutToLose(t)
    const { index, notices } = opened
    const before = allLogs(index)
    process.kill(pid(), 'SIGKILL')
    await until('it was noticed', () => chain.epoch === 1)
    assert.equal(await height(), 2)
    await index.advance('coin', signal)
    assert.match(notices.at(-1)?.text ?? '', /went back from block 7 to 2/)
    assert.deepEqual(allLogs(index), before.slice(0, 1))
    for (const hash of lost) {
      assert.equal(index.transaction('coin', hash), undefined)
      assert.equal(index.proof('coin', hash), undefined)
    }
    const proofOf = (hash: Hex) =>
      verifyTransactionProof(index.proof('coin', hash) ?? assert.fail(hash), world.keys)
    assert.deepEqual([proofOf(kept).transaction, proofOf(kept).generation], [kept, 0])
    const again = await send({ to, data: logsCall(3, 1) })
    await index.waitFor('coin', () => [again], signal)
    await until('it is registered anew', () => index.proof('coin', again) !== undefined)
    assert.deepEqual([proofOf(again).height, proofOf(again).generation], [3, 1])
    const [, ...after] = allLogs(index)
    assert.deepEqual(
      after.map(({ transaction }) => transaction),
      [again],
    )
    assert.deepEqual(allLogs(index, (before.at(-1)?.position ?? 0) + 1), after)
    const proofs = [kept, again].map((hash) => index.proof('coin', hash))
    await opened.close()
    // From disk it is the same.
    const other = openBlocks({ chains, world, path: opened.file })
    assert.deepEqual(allLogs(other.index), [...before.slice(0, 1), ...after])
    assert.deepEqual(
      [kept, again].map((hash) => other.index.proof('coin', hash)),
      proofs,
    )
  })
})

/** What a test knows of an index beside it: what it said so far must stay true. */
class IndexModel {
  readonly sent = new Set<Hex>()
  readonly #contents = new Map<number, string>()
  readonly #told = new Set<string>()
  readonly #tools: Pick<ReturnType<typeof sandboxes>, 'asks'>
  #position = 0

  constructor(tools: Pick<ReturnType<typeof sandboxes>, 'asks'>) {
    this.#tools = tools
  }

  /** The index has just advanced. */
  async check(index: BlockIndex, world: LedgerWorld, what: string): Promise<void> {
    const range = { fromBlock: '0x0', toBlock: 'latest' }
    const wanted = (await this.#tools.asks('eth_getLogs', [range])) as Record<string, string>[]
    const ids = wanted.map((one) => `${one.blockHash}-${Number(one.logIndex)}`)
    const logs = allLogs(index)
    assert.deepEqual(
      logs.map(({ id }) => id),
      ids,
      what,
    )
    for (const { position, id } of logs) {
      assert.equal(this.#contents.get(position) ?? id, id, what)
      this.#contents.set(position, id)
    }
    for (const { id } of allLogs(index, this.#position)) this.#told.add(id)
    for (const id of ids) assert.ok(this.#told.has(id), `${what}: not told of ${id}`)
    this.#position = index.logs.head('coin')
    for (const hash of this.sent) await this.#checkOne(hash, index, { world, what })
  }

  async #checkOne(hash: Hex, index: BlockIndex, { world, what }: Told): Promise<void> {
    const found = await this.#tools.asks('eth_getTransactionReceipt', [hash])
    assert.equal(index.transaction('coin', hash) !== undefined, found !== null, what)
    const proof = index.proof('coin', hash)
    if (!proof) return
    assert.equal(verifyTransactionProof(proof, world.keys).transaction, hash, what)
    assert.ok(found, `${what}: ${hash} is proven and gone`)
  }
}
type Told = { readonly world: LedgerWorld; readonly what: string }

/** Transactions by chance, and ways back. */
async function chanceSandbox(t: TestContext, prng: Prng) {
  const sandbox = sandboxes(t)
  const { send, changes, asks, deploy } = sandbox
  const to = await deploy()
  const snapshots: string[] = []
  const someLogs = async (sent: Set<Hex>) => {
    const hashes: Hex[] = []
    const many = prng.int(1, 4)
    for (let i = 0; i < many; i++) {
      const gas = `0x${prng.int(90_000, 900_000).toString(16)}`
      hashes.push(await send({ to, data: logsCall(prng.int(0, 2), prng.int(0, 3)), gas }))
      sent.add(hashes.at(-1) ?? '0x')
    }
    // Where they come together, one block has several.
    const areMined = async () => {
      const found = hashes.map((hash) => asks('eth_getTransactionReceipt', [hash]))
      return (await Promise.all(found)).every((one) => one !== null)
    }
    await until(`they are mined, seed ${prng.seed}`, areMined)
  }
  const keep = async () => snapshots.push(String(await changes('evm_snapshot')))
  const goBack = async () => {
    if (snapshots.length === 0) return
    const place = prng.int(0, snapshots.length - 1)
    await changes('evm_revert', [snapshots[place]])
    snapshots.length = place
  }
  return { ...sandbox, someLogs, keep, goBack }
}

describe('an index against a model, while its chain goes back by chance', () => {
  it('is as the chain, and repeats no position', async (t) => {
    const prng = testPrng()
    const { chains, someLogs, keep, goBack, asks } = await chanceSandbox(t, prng)
    const world = await coinLedger(t)
    const model = new IndexModel({ asks })
    let opened = openBlocks({ chains, world })
    for (let round = 0; round < 50; round++) {
      const dice = prng.int(0, 9)
      if (dice < 5) await someLogs(model.sent)
      else if (dice < 7) await keep()
      else if (dice < 9) await goBack()
      else {
        await opened.close()
        opened = openBlocks({ chains, world, path: opened.file })
      }
      if (prng.int(0, 2) === 0) continue
      await opened.index.advance('coin', signal)
      await model.check(opened.index, world, `seed ${prng.seed}, round ${round}`)
    }
    const { index } = opened
    await index.advance('coin', signal)
    const left = [...model.sent].filter((hash) => index.transaction('coin', hash))
    const areProven = () => left.every((hash) => index.proof('coin', hash) !== undefined)
    await until(`all are proven, seed ${prng.seed}`, areProven)
    t.diagnostic(`seed ${prng.seed}: ${model.sent.size} transactions, ${left.length} left`)
  })
})

describe('a large part of a chain', () => {
  it('is read though its index is far behind', async (t) => {
    const { chains, send, deploy, changes, receipt } = sandboxes(t)
    const { index, notices } = openBlocks({ chains })
    const to = await deploy()
    // The engine takes a minute for 10,000: ADR 0037 has what that measured.
    await changes('anvil_mine', ['0x5dc'])
    const hash = await send({ to, data: logsCall(1, 1) })
    await receipt(hash)
    const startMs = performance.now()
    const waits = index.waitFor('coin', () => [hash], signal)
    let longestMs = 0
    let lastMs = performance.now()
    const look = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - lastMs)
      lastMs = performance.now()
    }, 1)
    const { height } = await waits
    clearInterval(look)
    assert.equal(height, 1502)
    assert.deepEqual(notices, [])
    const ms = Math.round(performance.now() - startMs)
    t.diagnostic(`1,500 empty blocks in ${ms} ms, longest turn ${Math.round(longestMs)} ms`)
  })

  it('has a block whose logs take more positions than one block has', async (t) => {
    const { chains, send, deploy, receipt } = sandboxes(t, { gasLimit: 300_000_000 })
    const { index, notices } = openBlocks({ chains })
    const to = await deploy()
    const gas = `0x${(280_000_000).toString(16)}`
    const many = await send({ to, data: logsCall(1, 20_000), gas })
    await index.waitFor('coin', () => [many], signal)
    const { logIndex } = await lastOf(receipt, many)
    assert.equal(logIndex, 19_999)
    const small = await send({ to, data: logsCall(2, 1) })
    await index.waitFor('coin', () => [small], signal)
    const logs = allLogs(index, 0, 3000)
    assert.equal(logs.length, 20_001)
    assert.deepEqual(
      logs.map(({ logIndex }) => logIndex),
      [...Array(20_000).keys(), 0],
    )
    assert.deepEqual(notices, [])
  })

  it('leaves out logs that are more than the chain answers at one time', async (t) => {
    const { chains, send, deploy } = sandboxes(t, { answerBytesMax: 20_000 })
    const { index, notices } = openBlocks({ chains })
    const to = await deploy()
    const many = await send({ to, data: logsCall(1, 100) })
    const few = await send({ to, data: logsCall(1, 3) })
    await index.waitFor('coin', () => [few], signal)
    assert.equal(index.transaction('coin', many)?.status, 1)
    assert.equal(allLogs(index).length, 3)
    assert.match(notices[0]?.text ?? '', /too many to be read/)
  })
})

describe('an index that cannot write', () => {
  it('goes on where it was as soon as it can', async (t) => {
    const { chains, send, deploy } = sandboxes(t)
    const { index, database } = openBlocks({ chains })
    const to = await deploy()
    await index.advance('coin', signal)
    const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count)
    const hash = await send({ to, data: logsCall(1, 600), gas: '0x2faf080' })
    database.exec(`PRAGMA max_page_count = ${pages}`)
    await until('it is full', () =>
      index.advance('coin', signal).then(
        () => false,
        (error) => /full/.test(String(error)),
      ),
    )
    assert.equal(index.transaction('coin', hash), undefined)
    database.exec('PRAGMA max_page_count = 1000000')
    assert.equal((await index.waitFor('coin', () => [hash], signal)).status, 1)
    assert.equal(allLogs(index).length, 600)
  })
})

async function lastOf(receipt: (hash: Hex) => Promise<unknown>, hash: Hex) {
  const { logs } = (await receipt(hash)) as { logs: { logIndex: string }[] }
  return { logIndex: Number(logs.at(-1)?.logIndex) }
}
