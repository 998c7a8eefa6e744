import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { Turns } from './turns.ts'

describe('Turns', () => {
  it('lets so many of each one in at one time, and the next when one leaves', async () => {
    const turns = new Turns(2)
    const { signal } = new AbortController()
    const order: number[] = []
    assert.equal(turns.enter('a', signal), undefined)
    assert.equal(turns.enter('a', signal), undefined)
    for (const i of [1, 2, 3]) void turns.enter('a', signal)?.then(() => order.push(i))
    assert.equal(turns.enter('b', signal), undefined)
    await soon()
    assert.deepEqual(order, [])
    turns.leave('a')
    await soon()
    assert.deepEqual(order, [1])
    turns.leave('a')
    turns.leave('a')
    await soon()
    assert.deepEqual(order, [1, 2, 3])
    turns.leave('a')
    turns.leave('a')
    assert.equal(turns.enter('a', signal), undefined)
  })

  it('passes over who waits no more', async () => {
    const turns = new Turns(1)
    const { signal } = new AbortController()
    const gone = new AbortController()
    assert.equal(turns.enter('a', signal), undefined)
    const order: string[] = []
    void turns.enter('a', gone.signal)?.then(() => order.push('gone'))
    void turns.enter('a', signal)?.then(() => order.push('next'))
    gone.abort()
    turns.leave('a')
    await soon()
    assert.deepEqual(order, ['gone'])
    turns.leave('a')
    await soon()
    assert.deepEqual(order, ['gone', 'next'])
  })
})
