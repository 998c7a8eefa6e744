import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { openSql } from '../../storage/sql.ts'
import type { ReadBlock, ReadTransaction } from './block.ts'
import { BlockStore, headOf, type Indexed, positionsPerBlock } from './block-store.ts'
import { blockTables } from './index-tables.ts'
import { logsOf, readLogs } from './indexed-logs.ts'

const hashOf = (text: string) => Buffer.from(text.padEnd(32, '.'))
const sender = Buffer.alloc(20, 1)

function transactionIn(height: number, logs: number, from = 0): ReadTransaction {
  return {
    ...{ hash: hashOf(`transaction ${height} ${from}`), place: from === 0 ? 0 : 1, status: 1 },
    ...{ sender, receiver: sender, created: null, gasUsed: 21_000, act: null },
    input: hashOf('input'),
    logs: Array.from({ length: logs }, (_, i) => ({
      ...{ index: from + i, address: sender, topics: hashOf('topic'), data: Buffer.of(i & 255) },
    })),
  }
}

const blockOf = (height: number, ...transactions: ReadTransaction[]): ReadBlock => ({
  ...{ height, hash: hashOf(`block ${height}`), parent: hashOf(`block ${height - 1}`), time: 5 },
  transactions,
})

const plain = (at?: Indexed) => ({ ...at, hash: at?.hash && Buffer.from(at.hash) })

function opened(t: TestContext) {
  const database = openSql(':memory:', [blockTables])
  t.after(() => database.close())
  const store = new BlockStore(database)
  return { database, store, chain: store.addChain('coin', 7) }
}

describe('the tables of blocks', () => {
  it('give a block with many logs as many positions as it takes', async (t) => {
    const { store, chain } = opened(t)
    const many = positionsPerBlock + 3
    const large = blockOf(0, transactionIn(0, many), transactionIn(0, 0, many))
    const after = await store.put(chain, [large, blockOf(1, transactionIn(1, 2))])
    assert.equal(headOf(after), 3 * positionsPerBlock)
    const { logs } = readLogs(store, after, { from: many - 2, limit: 10 })
    assert.deepEqual(
      logs.map(({ position, logIndex, height }) => [position, logIndex, height]),
      [
        [many - 2, many - 2, 0],
        [many - 1, many - 1, 0],
        [2 * positionsPerBlock, 0, 1],
        [2 * positionsPerBlock + 1, 1, 1],
      ],
    )
    const { transaction } = logs[0] ?? assert.fail()
    assert.equal(logsOf(store, after, transaction).at(0)?.logIndex, 0)
    assert.deepEqual(plain(store.chainOf('coin')), plain(after))
  })

  it('go on behind what was dropped', async (t) => {
    const { store, chain } = opened(t)
    const blocks = [0, 1, 2].map((height) => blockOf(height, transactionIn(height, 2)))
    const before = await store.put(chain, blocks)
    const dropped = store.drop(before, store.keptAt(before, 0), () => undefined)
    assert.equal(headOf(dropped), headOf(before))
    assert.deepEqual([dropped.height, dropped.generation], [0, 1])
    assert.equal(readLogs(store, dropped, { from: 0, limit: 9 }).logs.length, 2)
    const again = await store.put(dropped, [blockOf(1, transactionIn(1, 1))])
    const { logs, next } = readLogs(store, again, { from: headOf(before), limit: 9 })
    assert.deepEqual([logs.length, next], [1, headOf(again)])
    const none = store.drop(again, undefined, () => undefined)
    assert.deepEqual([none.height, none.hash, headOf(none)], [-1, null, headOf(again)])
  })

  it('show nothing of a large block that a crash cut short', async (t) => {
    const { database, store, chain } = opened(t)
    const at = await store.put(chain, [blockOf(0, transactionIn(0, 1))])
    const insert = 'INSERT INTO block_logs VALUES (?, ?, 1, 0, ?, ?, ?)'
    const logs = () => database.prepare('SELECT count(*) AS n FROM block_logs').get()?.n
    store.run(insert, at.id, headOf(at), sender, sender, sender)
    assert.equal(readLogs(store, at, { from: 0, limit: 9 }).logs.length, 1)
    assert.equal(logs(), 2)
    new BlockStore(database)
    assert.equal(logs(), 1)
  })

  it('change nothing where a change fails', async (t) => {
    const { store, chain } = opened(t)
    const at = await store.put(chain, [blockOf(0, transactionIn(0, 1))])
    const twice = [blockOf(1, transactionIn(1, 1)), blockOf(2, transactionIn(1, 1))]
    await assert.rejects(store.put(at, twice), /UNIQUE/)
    assert.deepEqual(plain(store.chainOf('coin')), plain(at))
    assert.equal(store.keptAt(at, 9)?.height, 0)
  })
})

describe('reading logs', () => {
  it('looks at so many at a time, be it for nothing', async (t) => {
    const { store, chain } = opened(t)
    const at = await store.put(chain, [blockOf(0, transactionIn(0, 9000))])
    const other = `0x${'07'.repeat(32)}`
    const first = readLogs(store, at, { from: 0, limit: 10, topic: other })
    assert.deepEqual(first, { logs: [], next: 4000 })
    const second = readLogs(store, at, { from: 4000, limit: 10, topic: other })
    const third = readLogs(store, at, { from: second.next, limit: 10, topic: other })
    assert.deepEqual([second.next, third.next], [8000, headOf(at)])
    const topic = `0x${hashOf('topic').toString('hex')}`
    assert.equal(readLogs(store, at, { from: 0, limit: 9999, topic }).logs.length, 4000)
  })

  it('ends a page that has many bytes', async (t) => {
    const { store, chain } = opened(t)
    const one = transactionIn(0, 9)
    const logs = one.logs.map((log) => ({ ...log, data: Buffer.alloc(1_000_000) }))
    const at = await store.put(chain, [blockOf(0, { ...one, logs })])
    const page = readLogs(store, at, { from: 0, limit: 9 })
    assert.deepEqual([page.logs.length, page.next], [5, 5])
  })
})
