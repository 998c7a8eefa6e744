import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testPrng } from '../src/testing/seed.ts'
import { EventQueue } from './event-queue.ts'

const atRest = () => Promise.resolve()

describe('virtual time', () => {
  it('has events by time, and those of one moment as they were planned', async () => {
    const prng = testPrng()
    const queue = new EventQueue({ settle: atRest })
    const planned = Array.from({ length: 500 }, (_, order) => ({ at: prng.int(0, 40), order }))
    const seen: { at: number; order: number }[] = []
    for (const one of planned) {
      queue.after(one.at, () => {
        assert.equal(queue.nowMs, one.at)
        seen.push(one)
      })
    }
    await queue.run(40)
    const sorted = planned.toSorted((a, b) => a.at - b.at || a.order - b.order)
    assert.deepEqual(seen, sorted, `seed ${prng.seed}`)
    assert.deepEqual([queue.nowMs, queue.handled], [40, 500])
  })

  it('stays where it is while an event works, and what it began', async () => {
    const seen: string[] = []
    const settle = async () => {
      await new Promise((done) => setImmediate(done))
      seen.push(`rest ${queue.nowMs}`)
    }
    const queue = new EventQueue({ settle })
    queue.after(5, async () => {
      await new Promise((done) => setImmediate(done))
      seen.push(`work ${queue.nowMs}`)
      queue.after(0, () => seen.push(`next ${queue.nowMs}`))
    })
    queue.after(6, () => seen.push('later'))
    await queue.run(5)
    assert.deepEqual(seen, ['work 5', 'rest 5', 'next 5'])
  })

  it('ends early where that is what was waited for', async () => {
    const queue = new EventQueue({ settle: atRest })
    queue.after(3, async () => {})
    queue.after(4, async () => {})
    await queue.run(1000, () => queue.handled === 1)
    assert.equal(queue.nowMs, 3)
  })
})
