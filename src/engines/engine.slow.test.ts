import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { isRunning, until } from '../testing/engine-program.ts'
import { steadyLines, testEngine } from '../testing/test-engine.ts'

const signal = new AbortController().signal

describe('an engine that ends by itself', () => {
  it('is started again, later each time, and sooner where it was steady', async (t) => {
    const lines = ['touch up; echo run >> runs', 'exec sleep "$(cat rest)"']
    const { engine, file, ends, retries } = testEngine(t, lines, { steadyMs: 1500 })
    writeFileSync(file('rest'), '0.1')
    await engine.start(signal)
    await until('it ended four times', () => ends().length >= 4)
    assert.deepEqual(retries().slice(0, 4), [20, 40, 80, 80])
    writeFileSync(file('rest'), '2')
    await until('the delay is the first one again', () => retries().lastIndexOf(20) > 3)
    await engine.stop()
    for (const { why, code, signal: by, ranMs } of ends()) {
      assert.deepEqual([why, code, by], ['ended', 0, null])
      assert.ok(ranMs >= 95, `${ranMs}`)
    }
    assert.ok(ends().some(({ healthyMs }) => healthyMs > 1500))
    assert.ok(readFileSync(file('runs'), 'utf8').split('\n').length >= 6)
  })

  it('tells how it ended: code or signal, and its last lines', async (t) => {
    const last = 'for i in $(seq 30); do echo "line $i"; done; sleep 0.2; exit 7'
    const lines = ['[ -e up ] && exec sleep 600', 'touch up', last]
    const { engine, ends, log } = testEngine(t, lines)
    await engine.start(signal)
    await until('it ended', () => ends().length === 1)
    assert.equal(ends()[0]?.code, 7)
    assert.deepEqual(ends()[0]?.lastLines.slice(-2), ['line 29', 'line 30'])
    assert.equal(ends()[0]?.lastLines.length, 20)
    await until('it runs again', () => engine.pid !== undefined)
    process.kill(engine.pid ?? 0, 'SIGKILL')
    await until('it ended again', () => ends().length === 2)
    assert.deepEqual([ends()[1]?.code, ends()[1]?.signal], [null, 'SIGKILL'])
    await until('it is noted', () => /tiny ended by SIGKILL after \d+ ms; starts/.test(log()))
    assert.match(log(), /tiny ended with code 7 after \d+ ms; starts again in 20 ms/)
  })

  it('is unhealthy while it does not answer, and is ended where that lasts too long', async (t) => {
    const { engine, file, states, ends } = testEngine(t, steadyLines, { unhealthyMsMax: 1000 })
    await engine.start(signal)
    rmSync(file('up'))
    await until('it is unhealthy', () => engine.state === 'unhealthy')
    writeFileSync(file('up'), '')
    await until('it is healthy again', () => engine.state === 'healthy')
    rmSync(file('up'))
    await until('it was given up', () => ends().length === 1)
    assert.deepEqual([ends()[0]?.why, ends()[0]?.signal], ['unhealthy', 'SIGTERM'])
    await until('it is healthy again', () => engine.state === 'healthy')
    const seen = ['starting', 'healthy', 'unhealthy', 'healthy', 'unhealthy', 'waiting', 'starting']
    assert.deepEqual(states(), [...seen, 'healthy'])
    assert.equal(readFileSync(file('starts'), 'utf8').trim().split('\n').length, 2)
  })
})

describe('what runs before each start', () => {
  it('is awaited, and runs when no process is there', async (t) => {
    const seen: string[] = []
    const { engine, file, ends } = testEngine(
      t,
      [...steadyLines.slice(0, 2), 'sleep 0.1'],
      {},
      {
        beforeStart: async () => {
          await new Promise((resolve) => setTimeout(resolve, 20))
          const running = existsSync(file('starts')) ? readFileSync(file('starts'), 'utf8') : ''
          const pids = running.split('\n').flatMap((line) => line.split(' ')[1] ?? [])
          seen.push(pids.some((pid) => isRunning(Number(pid))) ? 'two at once' : 'alone')
        },
      },
    )
    await engine.start(signal)
    await until('it ran three times', () => ends().length === 3)
    await engine.stop()
    assert.deepEqual(new Set(seen), new Set(['alone']))
    assert.ok(seen.length >= 3)
  })

  it('may end the engine for good, before the first start or a later one', async (t) => {
    const never = testEngine(t, steadyLines, {}, { beforeStart: async () => false })
    await assert.rejects(never.engine.start(signal), { code: 'ENGINE_STOPPED' })
    assert.equal(existsSync(never.file('starts')), false)
    let isAllowed = true
    const later = testEngine(
      t,
      ['touch up; sleep 0.2; exit 5'],
      {},
      {
        beforeStart: async () => isAllowed,
      },
    )
    await later.engine.start(signal)
    isAllowed = false
    await until('it is stopped', () => later.engine.state === 'stopped')
    assert.equal(later.states().at(-1), 'stopped')
  })

  it('counts as a failed start where it throws', async (t) => {
    let failures = 2
    const beforeStart = async () => {
      assert.ok(failures-- <= 0, 'the socket is in use')
    }
    const { engine, ends } = testEngine(t, steadyLines, {}, { beforeStart })
    await engine.start(signal)
    assert.deepEqual(
      ends().map(({ why, cause }) => [why, String(cause).includes('the socket is in use')]),
      [
        ['not started', true],
        ['not started', true],
      ],
    )
  })
})
