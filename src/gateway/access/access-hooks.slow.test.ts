import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { apiKeyOf, putCredential } from '../../testing/access.ts'
import { testGateway, testGatewayDeps } from '../../testing/gateway.ts'
import { createGatewayApp } from '../gateway-app.ts'
import { createLogger } from '../logger.ts'
import { gatewayOptions } from '../options.ts'

const isCors = (name: string) => name.startsWith('access-control-')

describe('pages of other origins', () => {
  const preflight = {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
  } as const

  it('get no CORS header, whatever they ask', async () => {
    const { app, base } = await testGateway()
    for (const url of ['/livez', `${base}/entries`, `${base}/services`, '/nothing', '/metrics']) {
      const { headers, statusCode } = await app.inject({ url, ...preflight })
      assert.ok(statusCode === 405 || statusCode === 404, url)
      assert.deepEqual(Object.keys(headers).filter(isCors), [], url)
      const get = await app.inject({ url, headers: { origin: 'null' } })
      assert.deepEqual(Object.keys(get.headers).filter(isCors), [], url)
    }
  })

  it('are let in where the operator names them, without the browser’s own logins', async () => {
    const { app, base } = await testGateway({ corsOrigins: ['https://app.example'] })
    const url = `${base}/entries`
    const allowed = await app.inject({ url, ...preflight })
    assert.equal(allowed.statusCode, 204)
    assert.equal(allowed.headers['access-control-allow-origin'], 'https://app.example')
    assert.equal(allowed.headers['access-control-allow-credentials'], undefined)
    const answer = await app.inject({ url, headers: { origin: 'https://app.example' } })
    assert.equal(answer.headers['access-control-allow-origin'], 'https://app.example')
    assert.equal(answer.headers.vary, 'origin')
    const shown = String(answer.headers['access-control-expose-headers']).split(', ')
    const own = Object.keys(answer.headers).filter((name) => /^(x-(bsn|rate|req)|rate)/.test(name))
    assert.deepEqual(
      own.filter((name) => !shown.includes(name)),
      [],
    )
    const sent = String(allowed.headers['access-control-allow-headers']).split(', ')
    for (const name of ['authorization', 'signature', 'x-api-key', 'x-api-chain-type']) {
      assert.ok(sent.includes(name), name)
    }
    const { paths } = (await app.inject('/api/v1/openapi.json')).json()
    const served = new Set(Object.values(paths).flatMap((one) => Object.keys(one as object)))
    const methods = String(allowed.headers['access-control-allow-methods']).split(', ')
    for (const method of served) assert.ok(methods.includes(method.toUpperCase()), method)
    for (const origin of ['https://app.example.evil', 'http://app.example', 'null', '*', '']) {
      const headers = { ...preflight.headers, origin }
      const refused = await app.inject({ url, ...preflight, headers })
      assert.equal(refused.statusCode, 405, origin)
      assert.deepEqual(Object.keys(refused.headers).filter(isCors), [], origin)
    }
  })
})

describe('an API key', () => {
  it('in a URL is refused, and told to be lost', async () => {
    const { app, base, ledger } = await testGateway()
    putCredential(ledger, 'c1')
    const key = apiKeyOf('c1')
    for (const query of [`access_token=${key}`, `x=1&api_key=${key}`, key, `cursor=a${key}b`]) {
      const answer = await app.inject(`${base}/credentials/c1?${query}`)
      assert.deepEqual([answer.statusCode, answer.json().code], [400, 'CREDENTIAL_IN_URL'])
      assert.doesNotMatch(answer.payload, new RegExp(key))
    }
  })

  it('is in no line of the log at any level, however a request ends', async () => {
    const { deps, ledger } = testGatewayDeps()
    const lines: string[] = []
    const stream = { write: (line: string) => void lines.push(line) }
    const logger = createLogger({ service: 'bsn', node: 'test', level: 'debug' }, { stream })
    const app = await createGatewayApp(gatewayOptions({}), { ...deps, logger })
    const base = `/api/v1/ledgers/${ledger.id}`
    putCredential(ledger, 'c1')
    const key = apiKeyOf('c1')
    const headers = {
      authorization: `Bearer ${key}`,
      signature: `sig=:${key}:`,
      'x-request-id': key,
      traceparent: `00-${key}-1-00`,
    }
    ledger.objects = () => {
      throw new TypeError('broken')
    }
    const payload = Buffer.from(JSON.stringify({ key }))
    const asked = [
      { url: `${base}/credentials/c1`, headers },
      { url: `${base}/credentials/c1?key=${key}`, headers },
      { url: `${base}/services`, headers },
      { url: `/${key}`, headers },
      { url: `${base}/services/${key}`, headers },
      { url: `${base}/entries`, method: 'POST', headers, payload },
      { url: `${base}/credentials/c1`, headers: { ...headers, 'signature-input': key } },
    ] as const
    const statuses: number[] = []
    for (const one of asked) statuses.push((await app.inject(one)).statusCode)
    assert.deepEqual(statuses, [200, 400, 500, 404, 404, 415, 400])
    assert.ok(lines.length > asked.length)
    for (const line of lines) assert.doesNotMatch(line, new RegExp(key.slice(5)), line)
  })
})

describe('a stranger', () => {
  it('has no body read where only credentials write', async () => {
    const { app, base } = await testGateway()
    const url = `${base}/services/flights/records`
    for (const type of ['application/json', 'text/plain', 'application/cose']) {
      const headers = { 'content-type': type }
      const payload = Buffer.alloc(9 * 1024 * 1024, '[')
      const answer = await app.inject({ method: 'POST', url, headers, payload })
      assert.deepEqual([answer.statusCode, answer.json().code], [401, 'AUTHENTICATION_REQUIRED'])
    }
  })

  it('has a limit beyond this machine, by address and whatever headers say', async () => {
    const { app, base, ledger } = await testGateway({ addressPerSecond: 5 })
    putCredential(ledger, 'c1')
    const ask = async (remoteAddress: string, headers = {}, url = '/livez') =>
      (await app.inject({ url, remoteAddress, headers })).statusCode
    const forged = (i: number) => ({ 'x-forwarded-for': `192.0.2.${i}`, authorization: 'Bearer x' })
    const all = Array.from({ length: 20 }, (_, i) => ask('192.0.2.7', forged(i)))
    const statuses = await Promise.all(all)
    assert.equal(statuses.filter((status) => status === 200).length, 5)
    assert.equal(statuses.filter((status) => status === 429).length, 15)
    assert.equal(await ask('192.0.2.8'), 200)
    assert.equal(await ask('192.0.2.7', {}, '/nothing'), 429)
    // Who has a credential is none.
    const headers = { authorization: `Bearer ${apiKeyOf('c1')}` }
    assert.equal(await ask('192.0.2.7', headers, `${base}/credentials/c1`), 200)
    for (let i = 0; i < 20; i++) assert.equal(await ask('127.0.0.1'), 200)
  })
})
