import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import type { SubmitOutcome } from '../../ledger/ledger.ts'
import { openSql } from '../../storage/sql.ts'
import { until } from '../../testing/engine-program.ts'
import type { ChainNotice } from '../chain-notice.ts'
import { BlockStore } from './block-store.ts'
import { blockTables } from './index-tables.ts'
import { RangeRegistrar } from './range-registrar.ts'
import { type NextRange, RangeStore } from './range-store.ts'

const hashOf = (text: string) => Buffer.from(text.padEnd(32, '.'))
const sender = Buffer.alloc(20, 1)

/** Blocks 0 to `last`, one transaction each, and a ledger that answers as it is told. */
async function registrar(t: TestContext, last: number) {
  const database = openSql(':memory:', [blockTables])
  const store = new BlockStore(database)
  const ranges = new RangeStore(store)
  const transaction = (height: number) => ({
    ...{ hash: hashOf(`transaction ${height}`), place: 0, status: 1 as const, sender },
    ...{ receiver: sender, created: null, gasUsed: 1, act: null, input: hashOf(''), logs: [] },
  })
  const blocks = Array.from({ length: last + 1 }, (_, height) => ({
    ...{ height, hash: hashOf(`block ${height}`), parent: hashOf(''), time: 5 },
    transactions: [transaction(height)],
  }))
  await store.put(store.addChain('coin', 7), blocks)
  const asked: NextRange[] = []
  const notices: ChainNotice[] = []
  const answers: (() => SubmitOutcome)[] = []
  const entries = new Map<number, NextRange>()
  const working = new RangeRegistrar(5, {
    ...{ ranges, indexedOf: (service) => store.chainOf(service) },
    onNotice: (one) => notices.push(one),
    register: async (range) => {
      asked.push(range)
      const answer = answers.shift()
      if (answer) return answer()
      entries.set(asked.length, range)
      return { outcome: 'appended', index: asked.length, height: 1 }
    },
    take: (entry) => {
      const range = entries.get(entry)
      if (range) ranges.add([{ ...range, entry }], 0)
    },
  })
  t.after(async () => {
    await working.close()
    database.close()
  })
  return { working, asked, notices, answers, ranges, store }
}

const refused = (code: string) => (): SubmitOutcome => ({ outcome: 'refused', code, detail: 'no' })
const placeOf = ({ first, last, expect, generation }: NextRange) => [
  first,
  last,
  expect,
  generation,
]

describe('registering ranges', () => {
  it('goes through many blocks, 1024 at a time', async (t) => {
    const { working, asked, notices } = await registrar(t, 2600)
    working.soon('coin')
    await until('all are registered', () => asked.length === 3)
    assert.deepEqual(asked.map(placeOf), [
      [0, 1023, 0, 0],
      [1024, 2047, 1, 0],
      [2048, 2600, 2, 0],
    ])
    assert.deepEqual(
      asked.map(({ count }) => count),
      [1024, 1024, 553],
    )
    assert.deepEqual(notices, [])
  })

  it('tries again after a fault, and says each kind once', async (t) => {
    const { working, asked, notices, answers } = await registrar(t, 3)
    const lost = () => {
      throw new CodedError('LEDGER_BUSY', 'busy', { retryable: true })
    }
    answers.push(lost, lost, refused('NOT_ALLOWED'), refused('VERSION_STALE'))
    working.soon('coin')
    await until('it is registered', () => asked.length === 5)
    assert.deepEqual(asked.map(placeOf), Array(5).fill([0, 3, 0, 0]))
    assert.deepEqual(
      notices.map(({ text }) => text.match(/\((\w+)\)/)?.[1]),
      ['LEDGER_BUSY', 'NOT_ALLOWED'],
    )
  })

  it('takes the range of another node, and says where it is not as its own', async (t) => {
    const { asked, ranges, store } = await registrar(t, 9)
    const at = store.chainOf('coin') ?? assert.fail()
    const own = ranges.next('coin', at) ?? assert.fail()
    const theirs = { ...own, last: 4, hash: hashOf('block 4'), count: 5 }
    const { root } = ranges.tree(at, { first: 0, last: 4 })
    ranges.add([{ ...theirs, root, entry: 7 }], 8)
    assert.equal(ranges.nextEntry, 8)
    assert.deepEqual(ranges.check(at), [])
    assert.equal(ranges.proving(at, 4)?.range.entry, 7)
    assert.equal(ranges.proving(at, 5), undefined)
    assert.deepEqual(placeOf(ranges.next('coin', at) ?? assert.fail()), [5, 9, 1, 0])
    const wrong = {
      ...theirs,
      first: 5,
      last: 6,
      hash: hashOf('block 6'),
      root: hashOf('x'),
      count: 2,
    }
    ranges.add([{ ...wrong, entry: 9 }], 10)
    assert.deepEqual(
      ranges.check(at).map(({ entry }) => entry),
      [9],
    )
    assert.equal(ranges.proving(at, 5), undefined)
    assert.deepEqual(asked, [])
  })

  it('begins another generation where the registered blocks are not of the chain', async (t) => {
    const { ranges, store } = await registrar(t, 9)
    const at = store.chainOf('coin') ?? assert.fail()
    const own = ranges.next('coin', at) ?? assert.fail()
    ranges.add([{ ...own, first: 2, last: 6, hash: hashOf('another'), entry: 1 }], 2)
    assert.deepEqual(placeOf(ranges.next('coin', at) ?? assert.fail()), [2, 9, 1, 1])
  })
})
