import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { openRegistryProxy, placeOf } from './registry-proxy.ts'

/** What the proxy answers to CONNECT, and the way behind it. */
async function connectBy(url: string, path: string) {
  const asked = request(url, { method: 'CONNECT', path }).end()
  const [response, socket] = (await once(asked, 'connect')) as [{ statusCode: number }, Socket]
  socket.on('error', () => undefined)
  return { status: response.statusCode, socket }
}

describe('the way to registries', () => {
  it('leads to those that are allowed, and tells what else was asked for', async () => {
    const registry = createServer((socket) => socket.on('error', () => undefined).pipe(socket))
    await once(registry.listen(0, '127.0.0.1'), 'listening')
    const { port } = registry.address() as AddressInfo
    const place = `127.0.0.1:${port}`
    const proxy = await openRegistryProxy([place, '127.0.0.1:1'])
    try {
      const { status, socket } = await connectBy(proxy.url, place)
      assert.equal(status, 200)
      socket.write('hello')
      assert.equal(String((await once(socket, 'data'))[0]), 'hello')
      for (const other of [`localhost:${port}`, '127.0.0.1:80', '169.254.169.254:80', 'x']) {
        assert.equal((await connectBy(proxy.url, other)).status, 403, other)
      }
      assert.deepEqual(proxy.refused.length, 4)
      assert.equal((await connectBy(proxy.url, '127.0.0.1:1')).status, 502)
      // Not by TLS: it would see, and could change, what goes through.
      const plain = request(proxy.url, { path: `http://${place}/` }).end()
      const [answer] = (await once(plain, 'response')) as [{ statusCode: number; resume(): void }]
      answer.resume()
      assert.equal(answer.statusCode, 403)
      const closed = once(socket, 'close')
      await proxy.close()
      await closed
    } finally {
      registry.close()
    }
  })

  it('is known by the address of a registry', () => {
    assert.equal(placeOf('https://registry.example/npm/'), 'registry.example:443')
    assert.equal(placeOf('https://registry.example:8443'), 'registry.example:8443')
    for (const none of ['http://registry.example', 'direct', 'off', '']) {
      assert.equal(placeOf(none), undefined, none)
    }
  })
})
