import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClockWatch } from './clock-watch.ts'

/** A clock that is ahead of the true time by so much. */
function watched(ahead: number) {
  const time = { now: 1_000_000, ahead }
  const told: (number | undefined)[] = []
  const watch = createClockWatch({
    clock: { nowSeconds: () => time.now + time.ahead },
    onChange: (off) => told.push(off),
  })
  /** A record is written: its block has the time of the last vote, the next one the right time. */
  const write = (staleSeconds = 0) => {
    watch.block(time.now - staleSeconds)
    watch.block(time.now)
  }
  return { time, told, watch, write }
}

describe('a clock', () => {
  it('that is right is never suspected, however seldom there are blocks', () => {
    const { time, told, write } = watched(1)
    for (const idle of [1, 3600, 20, 86_400, 5, 7]) {
      time.now += idle
      write(idle)
    }
    assert.deepEqual(told, [])
  })

  it('that is behind is found at the first block', () => {
    const { told, watch, write, time } = watched(-30)
    write()
    assert.deepEqual([told, watch.offSeconds], [[-30], -30])
    time.now += 60
    write()
    assert.deepEqual(told, [-30], 'told once')
    time.ahead = 0
    time.now += 60
    write(60)
    assert.deepEqual([told, watch.offSeconds], [[-30, undefined], undefined])
  })

  it('that is ahead is found when it was so for a while', () => {
    const { told, write, time } = watched(30)
    write()
    time.now += 3
    write(3)
    assert.deepEqual(told, [])
    time.now += 9
    write(9)
    assert.deepEqual(told, [30])
  })

  it('is not suspected while old blocks come in', () => {
    const { told, watch, time } = watched(0)
    for (let blockAge = 50_000; blockAge > 0; blockAge -= 400) {
      for (let i = 0; i < 10; i++) watch.block(time.now - blockAge + i)
      time.now += 1
    }
    assert.deepEqual(told, [])
  })
})
