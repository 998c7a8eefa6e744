import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { testFolder } from '../../../testing/folder.ts'
import { IpcPool, type PoolOptions } from './ipc-pool.ts'

/** A chain that answers as `respond` says, line by line. */
async function setUp(
  t: TestContext,
  respond: (line: string, socket: Socket) => void,
  more: Partial<PoolOptions> = {},
) {
  const folder = testFolder()
  const path = folder.file('ipc')
  let connections = 0
  const server = createServer((socket) => {
    connections++
    let text = ''
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      text += chunk
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) respond(line, socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const limits = { connectionsMax: 2, waitingMax: 2, answerBytesMax: 1000, timeoutMs: 5000 }
  const pool = new IpcPool({ path, ...limits, ...more })
  t.after(() => {
    pool.close()
    server.close()
    folder.remove()
  })
  const { signal } = new AbortController()
  const ask = async (text: string, own = signal) =>
    (await pool.ask({ body: Buffer.from(text), signal: own })).toString()
  return { pool, ask, connections: () => connections }
}

const echo = (line: string, socket: Socket) => void socket.write(`<${line}>\n`)

describe('IpcPool', () => {
  it('gives each call its own answer, over few connections that are used again', async (t) => {
    const { ask, connections } = await setUp(t, (line, socket) => {
      const late = line === 'slow' ? 50 : 1
      setTimeout(() => echo(line, socket), late)
    })
    const answers = await Promise.all(['slow', 'a', 'b', 'c'].map((one) => ask(one)))
    assert.deepEqual(answers, ['<slow>', '<a>', '<b>', '<c>'])
    assert.equal(await ask('d'), '<d>')
    assert.equal(connections(), 2)
  })

  it('puts answers together that come in parts, and takes them as bytes', async (t) => {
    const { ask } = await setUp(t, (line, socket) => {
      socket.write(`<${line}`)
      setTimeout(() => socket.write('\u{1f980}>\n'), 20)
    })
    assert.equal(await ask('x'), '<x\u{1f980}>')
  })

  it('refuses what is too much at one time, and answers that are too large', async (t) => {
    const { ask } = await setUp(t, (line, socket) => {
      if (line === 'large') socket.write('x'.repeat(2000))
      else setTimeout(() => echo(line, socket), 20)
    })
    const many = ['a', 'b', 'c', 'd', 'e'].map((one) => ask(one))
    await assert.rejects(many[4] ?? assert.fail(), { code: 'CHAIN_BUSY', retryable: true })
    assert.deepEqual(await Promise.all(many.slice(0, 4)), ['<a>', '<b>', '<c>', '<d>'])
    await assert.rejects(ask('large'), { code: 'CHAIN_ANSWER_TOO_LARGE' })
    assert.equal(await ask('next'), '<next>')
  })

  it('never gives a call the late answer of another one', async (t) => {
    const { ask } = await setUp(
      t,
      (line, socket) => setTimeout(() => echo(line, socket), line === 'late' ? 80 : 1),
      { connectionsMax: 1, timeoutMs: 40 },
    )
    await assert.rejects(ask('late'), { code: 'CHAIN_TIMEOUT' })
    assert.equal(await ask('next'), '<next>')
    const gone = new AbortController()
    const asked = ask('late', gone.signal)
    gone.abort()
    await assert.rejects(asked, { code: 'CHAIN_FATE_UNKNOWN' })
    assert.equal(await ask('after'), '<after>')
  })

  it('tells what was not sent from what may have been done', async (t) => {
    const { pool, ask } = await setUp(t, (_line, socket) => socket.destroy(), { connectionsMax: 1 })
    await assert.rejects(ask('x'), { code: 'CHAIN_FATE_UNKNOWN', retryable: false })
    const [, waits] = [ask('y').catch(() => 'lost'), ask('z')]
    pool.close()
    await assert.rejects(waits, { code: 'CHAIN_UNAVAILABLE', retryable: true })
    await assert.rejects(ask('closed'), { code: 'CHAIN_UNAVAILABLE' })
    const nowhere = new IpcPool({
      ...{ path: '/nowhere/ipc', connectionsMax: 1, waitingMax: 1 },
      ...{ answerBytesMax: 10, timeoutMs: 10 },
    })
    const { signal } = new AbortController()
    const asked = nowhere.ask({ body: Buffer.of(1), signal })
    await assert.rejects(asked, { code: 'CHAIN_UNAVAILABLE', retryable: true })
  })
})
