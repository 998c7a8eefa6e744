import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ActsUnderWay } from './acts-under-way.ts'
import { fateUnknown, notSent } from './errors.ts'

describe('acts under way', () => {
  const fails = (error: Error) => async () => {
    throw error
  }

  it('are so until they end, however they do', async () => {
    const acts = new ActsUnderWay()
    const held = Promise.withResolvers<void>()
    const first = acts.during(['a', 'b'], () => held.promise)
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => acts.has(name)),
      [true, true, false],
    )
    held.resolve()
    await first
    await assert.rejects(acts.during(['c'], fails(notSent('No.'))))
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => acts.has(name)),
      [false, false, false],
    )
  })

  it('stay so where their fate is unknown, until blocks have come for long enough', async () => {
    let nowMs = 0
    const acts = new ActsUnderWay(() => nowMs)
    await assert.rejects(acts.during(['lost'], fails(fateUnknown('No answer.'))))
    // However long the network decides nothing, it can still have it.
    nowMs += 3_600_000
    assert.ok(acts.has('lost'))
    acts.decided()
    nowMs += 19_999
    acts.decided()
    assert.ok(acts.has('lost'))
    nowMs += 1
    assert.ok(!acts.has('lost'))
    acts.decided()
    assert.ok(!acts.has('lost'))
  })

  it('stay so for as long as they run, whatever blocks come', async () => {
    let nowMs = 0
    const acts = new ActsUnderWay(() => nowMs)
    const held = Promise.withResolvers<void>()
    const slow = acts.during(['slow'], () => held.promise)
    acts.decided()
    nowMs += 60_000
    acts.decided()
    assert.ok(acts.has('slow'))
    held.resolve()
    await slow
    assert.ok(!acts.has('slow'))
  })
})
