import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { testStatement } from '../../testing/gateway.ts'
import { createMemoryLedger, createMemoryQuery } from '../../testing/memory-ledger.ts'
import { createRecordEvents } from './record-events.ts'
import { RecordFeed } from './record-feed.ts'
import type { RecordLists } from './record-lists.ts'

it('events begin with what lists that are behind know, and wait for the rest', async () => {
  const ledger = createMemoryLedger()
  await ledger.submit(
    await Promise.all(Array.from({ length: 9 }, (_, i) => testStatement(ledger, `${i}`))),
  )
  const whole = createMemoryQuery(ledger)
  const known = { position: 4 }
  const lists: RecordLists = {
    get position() {
      return known.position
    },
    list: async (filter) => {
      if (filter.toIndex > known.position) throw new CodedError('LISTS_BEHIND', '')
      return whole.list(filter)
    },
    advance: async () => {
      known.position += 3
    },
  }
  // A node that has just started: nothing was committed lately.
  const events = createRecordEvents({ ledger, lists, feed: new RecordFeed(9) })
  const slices: number[][] = []
  for (let from = 0; from < 9; ) {
    const slice = await events.read('flights', { from, limit: 100 })
    slices.push(slice.events.map(({ position }) => position))
    from = slice.next
  }
  assert.deepEqual(slices, [
    [0, 1, 2, 3],
    [4, 5, 6],
    [7, 8],
  ])
})
