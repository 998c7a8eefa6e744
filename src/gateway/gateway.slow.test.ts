import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { testGatewayDeps, testStatement } from '../testing/gateway.ts'
import { selfSigned } from '../testing/self-signed.ts'
import { createGateway, type GatewaySettings } from './gateway.ts'

/** A listening gateway that the test's end closes, on a free port of loopback. */
async function listening(t: TestContext, settings: GatewaySettings = {}) {
  const parts = testGatewayDeps()
  const gateway = createGateway({ port: 0, keepAliveTimeoutMs: 1000, ...settings }, parts.deps)
  await gateway.start(new AbortController().signal)
  t.after(() => gateway.close())
  const port = Number(new URL(gateway.address).port)
  const entries = `/api/v1/ledgers/${parts.ledger.id}/entries`
  return { ...parts, gateway, port, entries }
}

/** Sends bytes as they are and gives what came back until the other side closed. */
function raw(port: number, ...parts: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (data) => {
      text += data
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
    for (const part of parts) socket.write(part)
  })
}

const statusLine = (text: string) => text.split('\r\n')[0]

describe('createGateway, start', () => {
  it('says what to do about a port in use', async (t) => {
    const { port, deps } = await listening(t)
    const second = createGateway({ port }, deps)
    await assert.rejects(second.start(new AbortController().signal), {
      code: 'PORT_IN_USE',
      message: `Port ${port} is in use. Stop what uses it, or choose another one: --port N.`,
    })
    await second.close()
  })

  it('listens beyond loopback only with TLS', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.0.0.1.example.org']) {
      const gateway = createGateway({ host, port: 0 }, testGatewayDeps().deps)
      await assert.rejects(gateway.start(new AbortController().signal), {
        code: 'LISTEN_NEEDS_TLS',
      })
    }
  })

  it('speaks TLS with a certificate, and then anywhere', async (t) => {
    const { port, gateway } = await listening(t, { host: '0.0.0.0', tls: selfSigned() })
    assert.match(gateway.address, /^https:/)
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    socket.end('GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    const parts: Buffer[] = []
    for await (const part of socket) parts.push(part)
    assert.equal(statusLine(Buffer.concat(parts).toString()), 'HTTP/1.1 200 OK')
  })

  it('says why it cannot listen', async () => {
    // An address that is kept for documents (RFC 5737): no machine has it.
    const settings = { host: '192.0.2.1', port: 0, tls: selfSigned() }
    const gateway = createGateway(settings, testGatewayDeps().deps)
    await assert.rejects(gateway.start(new AbortController().signal), { code: 'LISTEN_FAILED' })
  })

  it('does not start when it was called off', async () => {
    const gateway = createGateway({ port: 0 }, testGatewayDeps().deps)
    await assert.rejects(gateway.start(AbortSignal.abort()), { name: 'AbortError' })
    await gateway.close()
  })
})

describe('createGateway, close', () => {
  it('lets requests under way end, and refuses new ones', async (t) => {
    const { gateway, ledger, entries, deps } = await listening(t)
    const [held, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    Object.defineProperty(ledger, 'gate', {
      get: () => {
        reached.resolve()
        return held.promise
      },
    })
    const body = (await testStatement(ledger, 'a')) as Uint8Array<ArrayBuffer>
    const headers = { 'content-type': 'application/cose' }
    const send = () => fetch(gateway.address + entries, { method: 'POST', headers, body })
    const first = send()
    await reached.promise
    assert.doesNotMatch(await deps.metrics.text(), /bsn_tx_submitted_total\{/)
    const closed = gateway.close()
    assert.equal((await fetch(`${gateway.address}/readyz`)).status, 503)
    assert.equal((await fetch(`${gateway.address}/livez`)).status, 200)
    const late = await send()
    assert.deepEqual([late.status, (await late.json()).code], [503, 'GATEWAY_DRAINING'])
    assert.equal(late.headers.get('retry-after'), '1')
    held.resolve()
    assert.equal((await first).status, 201)
    await closed
    await assert.rejects(fetch(`${gateway.address}/livez`))
  })

  it('cuts off what takes too long', async (t) => {
    const { gateway, ledger, port, entries, lines } = await listening(t, { drainTimeoutMs: 100 })
    ledger.gate = new Promise(() => {})
    const head = `POST ${entries} HTTP/1.1\r\nhost: x\r\ncontent-type: application/cose\r\n`
    const answer = raw(port, `${head}content-length: 1\r\n\r\n1`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await gateway.close()
    assert.equal(await answer, '')
    assert.ok(lines.some((line) => JSON.parse(line).event === 'gateway.cut_off'))
  })
})

describe('slow and oversized requests', () => {
  it('are cut off with an answer', async (t) => {
    const limits = { headersTimeoutMs: 200, requestTimeoutMs: 300 }
    const { port, entries } = await listening(t, limits)
    const slowHeaders = raw(port, 'GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ')
    const head = `POST ${entries} HTTP/1.1\r\nhost: x\r\ncontent-type: application/cose\r\n`
    const slowBody = raw(port, `${head}content-length: 100\r\n\r\n12345`)
    for (const answer of await Promise.all([slowHeaders, slowBody])) {
      assert.equal(statusLine(answer), 'HTTP/1.1 408 Request Timeout')
      assert.match(answer, /"code":"REQUEST_TIMEOUT"/)
    }
  })

  it('are refused by their length, unread', async (t) => {
    const { port, entries, ledger } = await listening(t)
    const head = `POST ${entries} HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor-seq\r\n`
    const announced = await raw(port, `${head}content-length: 99999999999\r\n\r\n`)
    assert.match(announced, /^HTTP\/1\.1 413 [\s\S]*"code":"BODY_TOO_LARGE"/)
    const chunk = Buffer.alloc(1024 * 1024)
    const chunks = Array.from({ length: 9 }, () => [
      Buffer.from('100000\r\n'),
      chunk,
      Buffer.from('\r\n'),
    ])
    const chunked = await raw(port, `${head}transfer-encoding: chunked\r\n\r\n`, ...chunks.flat())
    assert.match(chunked, /^HTTP\/1\.1 413 /)
    const headers = await raw(
      port,
      `GET /livez HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
    )
    assert.match(headers, /^HTTP\/1\.1 431 [\s\S]*"code":"HEADERS_TOO_LARGE"/)
    assert.equal(ledger.head.height, 0)
  })

  it('of bombs are refused soon, in little memory', async (t) => {
    const { gateway, entries } = await listening(t)
    const headers = { 'content-type': 'application/json' }
    for (const body of ['['.repeat(8e6), `[${'{},'.repeat(2.6e6)}]`, `[1${'0'.repeat(8e6)}]`]) {
      const before = process.memoryUsage().rss
      const answer = await fetch(gateway.address + entries, { method: 'POST', headers, body })
      assert.ok(answer.status === 400 || answer.status === 413)
      assert.match((await answer.json()).code, /^JSON_/)
      const grown = process.memoryUsage().rss - before
      // Client and server are one process here: each has the body, and the parser its text.
      assert.ok(grown < 80e6, `grew by ${grown} bytes`)
    }
  })
})

const livez = 'GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'

describe('connections', () => {
  it('are so many at most: one more is closed at once, until another one ends', async (t) => {
    const { port } = await listening(t, { connectionsMax: 2 })
    const open = async () => {
      const socket = connect(port, '127.0.0.1')
      t.after(() => socket.destroy())
      await once(socket, 'connect')
      return socket
    }
    const [first, second] = [await open(), await open()]
    // The server has both by the time at which it answers.
    second.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(second, 'data')
    assert.equal(await raw(port, livez), '')
    first.destroy()
    let answer = ''
    while (answer === '') answer = await raw(port, livez)
    assert.match(answer, /^HTTP\/1\.1 200 /)
  })

  it('that say nothing are closed, before and after a request', async (t) => {
    const { port } = await listening(t, { idleTimeoutMs: 200, keepAliveTimeoutMs: 200 })
    const start = performance.now()
    assert.equal(await raw(port), '')
    assert.match(await raw(port, livez.replace('connection: close\r\n', '')), /^HTTP\/1\.1 200 /)
    assert.ok(performance.now() - start < 4000, 'both are closed long before their usual time')
  })
})

describe('what is no HTTP, or pretends to be two requests', () => {
  it('is refused, and its connection closed', async (t) => {
    const { port, entries, ledger } = await listening(t)
    const post = `POST ${entries} HTTP/1.1\r\nhost: x\r\ncontent-type: application/cose\r\n`
    const hidden = 'GET /version HTTP/1.1\r\nhost: x\r\n\r\n'
    const corpus = [
      `${post}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `${post}content-length: 5\r\ncontent-length: 6\r\n\r\n12345${hidden}`,
      `${post}content-length: +5\r\n\r\n12345`,
      `${post}content-length : 5\r\n\r\n12345`,
      `${post}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
      `${post}transfer-encoding: chunked\r\n\r\n5;\n12345\r\n0\r\n\r\n`,
      `${post}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n`,
      'GET /livez HTTP/1.1\r\nhost: x\r\nx: a\u0000b\r\n\r\n',
      'GET /livez HTTP/1.1\r\nhost: x\r\n folded: a\r\n\r\n',
      'GET /livez HTTP/1.1\r\n\r\n',
      'GET /livez HTTP/9.9\r\nhost: x\r\n\r\n',
      'BREW /livez HTTP/1.1\r\nhost: x\r\n\r\n',
      '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
    ]
    for (const bytes of corpus) {
      const answer = await raw(port, Buffer.from(bytes, 'latin1'))
      assert.match(answer, /^HTTP\/1\.1 4\d\d /, JSON.stringify(bytes))
      assert.equal(answer.split('HTTP/1.1 ').length, 2, answer)
      const isPacked = bytes.includes('xchunked')
      const code = isPacked ? 'CONTENT_ENCODING_UNSUPPORTED' : 'REQUEST_MALFORMED'
      assert.ok(answer.includes(`"code":"${code}"`), answer)
      assert.doesNotMatch(answer, /openbsn"|node_modules|at Parser/)
    }
    assert.equal(ledger.head.height, 0)
  })

  it('cannot put a line into headers or log', async (t) => {
    const { port, lines } = await listening(t, { slowRequestMs: 1 })
    const path = '/livez%0d%0aset-cookie:%20a=b?x=%0d%0ax-evil:%201'
    const id = 'x-request-id: a%0d%0ab: c\r\n'
    const answer = await raw(
      port,
      `GET ${path} HTTP/1.1\r\nhost: x\r\n${id}connection: close\r\n\r\n`,
    )
    assert.match(answer, /^HTTP\/1\.1 404 /)
    assert.doesNotMatch(answer, /^(set-cookie|x-evil|b):/im)
    for (const line of lines) assert.equal(line.trimEnd().split('\n').length, 1)
  })
})
