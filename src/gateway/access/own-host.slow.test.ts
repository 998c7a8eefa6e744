import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { it, type TestContext } from 'node:test'
import { signRequest } from '@openbsn/sdk'
import { putCredential } from '../../testing/access.ts'
import { testGatewayDeps } from '../../testing/gateway.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { createGateway } from '../gateway.ts'

/** A gateway of its own, over the same ledger as every other one here. */
async function listening(t: TestContext) {
  const { deps, ledger } = testGatewayDeps()
  putCredential(ledger, 'c1')
  const gateway = createGateway({ port: 0 }, deps)
  await gateway.start(new AbortController().signal)
  t.after(() => gateway.close())
  const url = `${gateway.address}/api/v1/ledgers/${ledger.id}/credentials/c1`
  return { url, port: Number(new URL(gateway.address).port), deps }
}

/** As it is, over a socket: `fetch` lets nobody choose the Host header. */
function get(port: number, path: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
    socket.write(`GET ${path} HTTP/1.1\r\nconnection: close\r\n${lines.join('')}\r\n`)
  })
}

it('a signed request works at the gateway it was signed for, once, and at no other', async (t) => {
  const [a, b] = [await listening(t), await listening(t)]
  const created = a.deps.clock.nowSeconds()
  const sign = (url: string, nonce: string) =>
    signRequest({ method: 'GET', url }, namedSigner('c1'), { created, nonce })
  const { host, pathname } = new URL(a.url)
  const headers = { host, ...(await sign(a.url, '1')) }
  assert.match(await get(b.port, pathname, headers), /^HTTP\/1\.1 421 .*AUTHORITY_UNKNOWN/s)
  const renamed = { ...headers, host: new URL(b.url).host }
  assert.match(await get(b.port, pathname, renamed), /^HTTP\/1\.1 401 .*CREDENTIAL_UNKNOWN/s)
  assert.match(await get(a.port, pathname, headers), /^HTTP\/1\.1 200 /)
  assert.match(await get(a.port, pathname, headers), /^HTTP\/1\.1 401 .*SIGNATURE_REPLAYED/s)
  const other = pathname.replace(/bsn1[0-9a-f]{4}/, 'bsn10000')
  assert.match(await get(a.port, other, headers), /^HTTP\/1\.1 404 .*LEDGER_NOT_FOUND/s)
  for (const url of [a.url, b.url, b.url.replace('127.0.0.1', 'localhost')]) {
    const answer = await fetch(url, { headers: await sign(url, new URL(url).host) })
    assert.equal(answer.status, 200, url)
  }
  const absolute = { host, ...(await sign(a.url, '3')) }
  assert.match(await get(a.port, a.url, absolute), /^HTTP\/1\.1 40[01] /)
  const double = { host, Authorization: 'Bearer a', authorization: 'Bearer b' }
  assert.match(await get(a.port, pathname, double), /^HTTP\/1\.1 400 .*AUTHENTICATION_AMBIGUOUS/s)
  const hosts = { ...(await sign(a.url, '5')), host, Host: 'other.example' }
  assert.match(await get(a.port, pathname, hosts), /^HTTP\/1\.1 400 /)
  const twice = { ...(await sign(a.url, '4')), host, 'signature-input ': 'x' }
  assert.match(await get(a.port, pathname, twice), /^HTTP\/1\.1 400 /)
})
