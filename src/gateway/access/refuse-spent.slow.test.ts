import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { apiKeyOf, putCredential } from '../../testing/access.ts'
import { testGateway, testGatewayDeps } from '../../testing/gateway.ts'
import { Buckets } from './buckets.ts'

async function listening(t: TestContext) {
  const parts = testGatewayDeps()
  // A second that does not end, however busy the machine is.
  const deps = { ...parts.deps, buckets: new Buckets({ nowMs: () => 0 }) }
  const settings = { credentialPerSecond: 2 }
  const { app, base, ledger } = await testGateway(settings, { ...parts, deps })
  putCredential(ledger, 'c1')
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => app.close())
  const socket = connect(Number(new URL(address).port), '127.0.0.1')
  t.after(() => socket.destroy())
  /** The head of a request with a body of so many bytes, which the caller sends or does not. */
  const begin = (bytes: number) => {
    const head = [
      `POST ${base}/services/flights/records HTTP/1.1`,
      'host: 127.0.0.1',
      `authorization: Bearer ${apiKeyOf('c1')}`,
      'content-type: application/json',
      `content-length: ${bytes}`,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
  }
  const answer = async () => String((await once(socket, 'data'))[0])
  return { socket, begin, answer }
}

describe('whoever has used up the limit of an API key', () => {
  it('is refused before the body is read, and may go on with the connection', async (t) => {
    const { socket, begin, answer } = await listening(t)
    for (let i = 0; i < 2; i++) {
      begin(2)
      socket.write('{}')
      // Counted, and then refused: there is no such service.
      assert.match(await answer(), /^HTTP\/1.1 404 /)
    }
    begin(100_000)
    const refused = await answer()
    assert.match(refused, /^HTTP\/1.1 429 /)
    assert.match(refused, /"code":"RATE_LIMITED"/)
    assert.match(refused, /ratelimit-remaining: 0\r\n/)
    assert.match(refused, /retry-after: 1\r\n/)
    socket.write(Buffer.alloc(100_000, ' '))
    begin(2)
    socket.write('{}')
    assert.match(await answer(), /^HTTP\/1.1 429 /)
  })
})
