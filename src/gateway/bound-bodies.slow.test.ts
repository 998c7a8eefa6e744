import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { testGatewayDeps } from '../testing/gateway.ts'
import { createGateway } from './gateway.ts'

const mib = 1024 * 1024

/** A gateway with room for two of the largest bodies, where a test says nothing else. */
async function listening(t: TestContext, bodiesBytesMax = 16 * mib) {
  const { deps, ledger } = testGatewayDeps()
  const gateway = createGateway({ port: 0, bodiesBytesMax, drainTimeoutMs: 100 }, deps)
  await gateway.start(new AbortController().signal)
  t.after(() => gateway.close())
  const port = Number(new URL(gateway.address).port)
  const path = `/api/v1/ledgers/${ledger.id}/entries`
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/cose`

  /** Begins a request. */
  function begin(announced: string, ...parts: readonly Uint8Array[]) {
    const socket = connect(port, '127.0.0.1').setEncoding('latin1')
    t.after(() => socket.destroy())
    const answer = once(socket, 'data').then(([text]) => String(text))
    socket.on('error', () => {})
    socket.write(`${head}\r\n${announced}\r\n\r\n`)
    for (const part of parts) socket.write(part)
    return { socket, answer }
  }
  return { gateway, path, begin }
}

const length = (bytes: number) => `content-length: ${bytes}`
const busy = /^HTTP\/1\.1 503 [\s\S]*retry-after: 1\r\n[\s\S]*"code":"GATEWAY_BUSY"/i

describe('bodies on their way in', () => {
  it('are so many bytes at most over all connections; small ones and others get in', async (t) => {
    const { gateway, path, begin } = await listening(t)
    const part = Buffer.alloc(7 * mib)
    const before = process.memoryUsage().rss
    const sent = Array.from({ length: 40 }, () => begin(length(8 * mib), part))
    const refused = sent.slice(2)
    for (const text of await Promise.all(refused.map(({ answer }) => answer))) {
      assert.match(text, busy)
    }
    assert.ok(process.memoryUsage().rss - before < 200 * mib)
    const headers = { 'content-type': 'application/cose' }
    const small = await fetch(gateway.address + path, { method: 'POST', headers, body: 'x' })
    assert.equal(small.status, 400)
    // In chunks it may be as large: nobody knows.
    assert.match(await begin('transfer-encoding: chunked').answer, busy)
    for (const { socket } of sent.slice(0, 2)) socket.destroy()
    const large = { method: 'POST', headers, body: Buffer.alloc(8 * mib) }
    let status = 503
    while (status === 503) status = (await fetch(gateway.address + path, large)).status
    assert.equal(status, 400)
    // And what was answered is held no more.
    for (let i = 0; i < 3; i++) {
      assert.equal((await fetch(gateway.address + path, large)).status, 400)
    }
  })

  it('lets one in that is larger than all may be, if it is alone', async (t) => {
    const { begin } = await listening(t, mib)
    const chunked = begin('transfer-encoding: chunked', Buffer.from('1\r\nx\r\n0\r\n\r\n'))
    assert.match(await chunked.answer, /^HTTP\/1\.1 400 /)
  })
})
