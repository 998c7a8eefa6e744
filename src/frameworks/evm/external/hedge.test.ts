import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hedge } from './hedge.ts'

const signal = new AbortController().signal
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Those asked, in order; each answers after its time, or fails where that is negative. */
function setUp(times: readonly number[], afterMs = 20) {
  const asked: number[] = []
  const calledOff: number[] = []
  const answer = hedge(times, { afterMs, signal }, async (ms, own) => {
    const place = asked.push(ms) - 1
    own.addEventListener('abort', () => calledOff.push(place))
    await later(Math.abs(ms))
    if (ms < 0) throw new RangeError(String(ms))
    return ms
  })
  return { answer, asked, calledOff }
}

describe('hedge', () => {
  it('asks the first alone where that one is fast', async () => {
    const { answer, asked } = setUp([1, 2, 3])
    assert.equal(await answer, 1)
    await later(40)
    assert.deepEqual(asked, [1])
  })

  it('asks the next one beside a slow one, and calls off who lost', async () => {
    const { answer, asked, calledOff } = setUp([500, 5, 1])
    assert.equal(await answer, 5)
    assert.deepEqual(asked, [500, 5])
    assert.ok(calledOff.includes(0))
  })

  it('asks the next one at once where one fails, and tells the last failure', async () => {
    const { answer, asked } = setUp([-1, -2, 3], 10_000)
    assert.equal(await answer, 3)
    assert.deepEqual(asked, [-1, -2, 3])
    await assert.rejects(setUp([-1, -2, -3]).answer, { message: '-3' })
  })

  it('waits for a slow one that is right while the others fail', async () => {
    const { answer } = setUp([80, -1, -1], 10)
    assert.equal(await answer, 80)
  })
})
