import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, LookupFunction } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import {
  createRoot,
  issueCertificate,
  newCertificateKey,
  pemOf,
  publicBytesOf,
} from '../../crypto/certificates.ts'
import { systemClock } from '../../kernel/clock.ts'
import { createAddressPolicy } from '../webhooks/address-policy.ts'
import { createNodeProbe } from './node-probe.ts'

const never = new AbortController().signal

async function serve(t: TestContext, answer: RequestListener) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { port, url: `http://127.0.0.1:${port}`, asked }
}

function probeOf({
  allow = ['127.0.0.0/8'],
  timeoutMs = 5000,
  lookup = undefined as unknown,
} = {}) {
  const deps = { policy: createAddressPolicy(allow), nowMs: () => performance.now() }
  const names = lookup ? { lookup: lookup as LookupFunction } : {}
  const probe = createNodeProbe({ timeoutMs }, { ...deps, ...names })
  return (gateway: string) => probe({ gateway, ledger: 'l' }, never)
}

const listing = (ledgers: unknown) => JSON.stringify({ ledgers })

describe('a probe of a node', () => {
  it('measures it, and reads the height of the ledger there', async (t) => {
    const body = listing([
      { id: 'other', height: 1 },
      { id: 'l', height: 42 },
    ])
    const { url, asked } = await serve(t, (_, response) => response.end(body))
    const found = await probeOf()(`${url}/`)
    assert.equal(found?.height, 42)
    assert.ok(found.latencyMs >= 0)
    assert.deepEqual(asked, ['GET /api/v1/ledgers'])
  })

  it('trusts certificates of the roots of the ledger that it asks about', async (t) => {
    const now = systemClock.nowSeconds()
    const [root, key] = [await createRoot('OpenBSN test', now), newCertificateKey()]
    const wanted = { host: '127.0.0.1', publicKey: publicBytesOf(key) }
    const cert = pemOf(await issueCertificate(wanted, root, now))
    const tls = { cert, key: key.export({ type: 'pkcs8', format: 'pem' }) }
    const body = listing([{ id: 'l', height: 42 }])
    const server = createTlsServer(tls, (_, response) => response.end(body))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    const ask = (roots: readonly Uint8Array[]) => {
      const rootsOf = (ledger: string) => (ledger === 'l' ? roots : [])
      const deps = { policy: createAddressPolicy(['127.0.0.0/8']), nowMs: () => 0, rootsOf }
      const probe = createNodeProbe({ timeoutMs: 5000 }, deps)
      return probe({ gateway: `https://127.0.0.1:${port}`, ledger: 'l' }, never)
    }
    assert.equal(await ask([]), undefined)
    assert.equal((await ask([root.certificate]))?.height, 42)
  })

  it('takes nothing for an answer that is none', async (t) => {
    const bodies = [
      '<html>',
      '[]',
      listing([]),
      listing([null]),
      listing({ l: 1 }),
      listing([{ id: 'l', height: '42' }]),
      listing([{ id: 'l', height: -1 }]),
      listing([{ id: 'l', height: 1, more: 'x'.repeat(20_000) }]),
      listing(Array.from({ length: 2000 }, () => 1)),
    ]
    for (const body of bodies) {
      const { url } = await serve(t, (_, response) => response.end(body))
      assert.equal(await probeOf()(url), undefined, body.slice(0, 60))
    }
    const good = listing([{ id: 'l', height: 42 }])
    const redirect = await serve(t, (_, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:1' }).end(good),
    )
    assert.equal(await probeOf()(redirect.url), undefined)
    const cut = await serve(t, (_, response) => response.destroy())
    assert.equal(await probeOf()(cut.url), undefined)
    const slow = await serve(t, () => undefined)
    assert.equal(await probeOf({ timeoutMs: 50 })(slow.url), undefined)
  })

  it('connects to nothing that webhooks may not be sent to', async (t) => {
    const { port, url, asked } = await serve(t, (_, response) => response.end('{}'))
    const lookup: LookupFunction = (_name, _options, callback) => {
      const found = [{ address: '127.0.0.1', family: 4 }]
      callback(null, found)
    }
    assert.equal(await probeOf({ allow: [] })(url), undefined)
    assert.equal(await probeOf({ allow: ['10.0.0.0/8'], lookup })(`http://n:${port}`), undefined)
    assert.equal(await probeOf({ allow: [], lookup })(`https://n:${port}`), undefined)
    for (const path of ['/?a=', '/x?', '/#x', '/x?q']) {
      assert.equal(await probeOf()(url + path), undefined)
    }
    assert.deepEqual(asked, [])
  })
})
