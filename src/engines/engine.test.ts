import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { isRunning, shellProgram, until } from '../testing/engine-program.ts'
import { quickEngine, steadyLines, testClock, testEngine } from '../testing/test-engine.ts'
import { createEngine } from './engine.ts'

const signal = new AbortController().signal

describe('an engine', () => {
  it('starts, tells its states, logs what it prints, and stops', async (t) => {
    const lines = ['printf "in "; sleep 0.02; echo pieces', 'echo oops >&2', ...steadyLines]
    const { engine, states, log } = testEngine(t, lines)
    assert.deepEqual([engine.state, engine.pid], ['stopped', undefined])
    await engine.start(signal)
    const { pid = 0 } = engine
    assert.equal(engine.state, 'healthy')
    assert.ok(isRunning(pid))
    await until('the pid is that of the program', () => log().includes(`\nstart ${pid}\n`))
    await engine.stop()
    assert.equal(isRunning(pid), false)
    assert.deepEqual([engine.state, engine.pid], ['stopped', undefined])
    assert.deepEqual(states(), ['starting', 'healthy', 'stopping', 'stopped'])
    assert.match(log(), /^in pieces$/m)
    assert.match(log(), /^oops$/m)
    assert.match(log(), /^\[openbsn\] 2023-11-14T22:13:20.000Z tiny started as process \d+$/m)
    assert.match(log(), /tiny stopped\n$/)
    await engine.stop()
    await engine.start(signal)
    assert.equal(engine.state, 'healthy')
  })

  it('is killed where it does not heed SIGTERM, with what it started', async (t) => {
    const lines = [
      'trap "" TERM',
      'sleep 600 &',
      'echo $! > sleeper; touch up',
      'while :; do wait; done',
    ]
    const { engine, file } = testEngine(t, lines)
    await engine.start(signal)
    const { pid = 0 } = engine
    const sleeper = Number(readFileSync(file('sleeper'), 'utf8'))
    const startMs = performance.now()
    await engine.stop()
    assert.ok(performance.now() - startMs >= 190)
    assert.equal(isRunning(pid), false)
    await until('the sleeper is gone', () => !isRunning(sleeper))
  })
})

describe('the start of an engine', () => {
  it('fails where it ends each time, and says what it said', async (t) => {
    const { engine, states } = testEngine(t, ['echo "no such flag" >&2', 'exit 2'])
    await assert.rejects(engine.start(signal), {
      code: 'ENGINE_START_FAILED',
      message: /^tiny ended with code 2 after \d+ ms\. It said last:\nno such flag$/,
    })
    assert.equal(states().filter((state) => state === 'starting').length, 3)
    assert.equal(engine.state, 'stopped')
  })

  it('fails where it is not healthy in time, and leaves nothing running', async (t) => {
    const { engine, file } = testEngine(t, ['echo $$ > pid; echo alive', 'exec sleep 600'], {
      startTimeoutMs: 1000,
    })
    await assert.rejects(engine.start(signal), {
      code: 'ENGINE_START_FAILED',
      message: /is not healthy after 1000 ms\. It said last:\nalive$/,
    })
    assert.equal(isRunning(Number(readFileSync(file('pid'), 'utf8'))), false)
  })

  it('ends with its signal, and with stop', async (t) => {
    const { engine, file } = testEngine(t, ['echo $$ >> pids', 'exec sleep 600'])
    const pids = () => (existsSync(file('pids')) ? readFileSync(file('pids'), 'utf8') : '')
    const abort = new AbortController()
    const starting = engine.start(abort.signal)
    await until('it runs', () => pids().includes('\n'))
    abort.abort()
    await assert.rejects(starting, { code: 'ENGINE_STOPPED' })
    const again = engine.start(signal)
    const refused = assert.rejects(again, { code: 'ENGINE_STOPPED' })
    await until('it runs again', () => pids().trim().includes('\n'))
    await engine.stop()
    await refused
    await assert.rejects(engine.start(abort.signal), { code: 'ENGINE_STOPPED' })
    assert.equal(pids().trim().split('\n').map(Number).some(isRunning), false)
  })

  it('fails clearly where its port is taken, and comes up when it is free', async (t) => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const listens = [{ host: '127.0.0.1', port }]
    const taken = testEngine(t, steadyLines, { listens })
    await assert.rejects(taken.engine.start(signal), { code: 'ENGINE_PORT_IN_USE' })
    assert.equal(existsSync(taken.file('starts')), false)
    const waiting = testEngine(t, steadyLines, { listens, startAttemptsMax: 100 })
    const starting = waiting.engine.start(signal)
    await until('it waits', () => waiting.ends().length >= 2)
    assert.equal(waiting.ends()[0]?.why, 'not started')
    server.close()
    await starting
  })
})

describe('two supervisors of one engine', () => {
  it('do not run it twice', async (t) => {
    const first = testEngine(t, steadyLines)
    await first.engine.start(signal)
    const program = { ...shellProgram(...steadyLines), cwd: first.file('') }
    const probe = async () => undefined
    const options = { name: 'tiny', program, folder: first.file(''), ...quickEngine }
    const second = createEngine(options, { clock: testClock, probe })
    await assert.rejects(second.start(signal), { code: 'ENGINE_START_FAILED', message: /runs as/ })
    assert.equal(first.engine.state, 'healthy')
    assert.equal(readFileSync(first.file('starts'), 'utf8').trim().split('\n').length, 1)
  })
})
