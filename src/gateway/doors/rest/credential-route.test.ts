import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { apiKeyOf, putCredential, putService } from '../../../testing/access.ts'
import { testGateway } from '../../../testing/gateway.ts'

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

describe('GET /credentials/{credential}', () => {
  it('answers that credential and the machine, and nobody else anything', async () => {
    const { app, base, ledger } = await testGateway()
    putCredential(ledger, 'c1', { perSecond: 50, status: 'frozen' })
    putCredential(ledger, 'c2')
    const get = (id: string, how: object = {}) =>
      app.inject({ url: `${base}/credentials/${id}`, ...how })
    const own = await get('c1', { headers: bearer(apiKeyOf('c1')), remoteAddress: '192.0.2.7' })
    const { keys, ...rest } = own.json()
    assert.match(keys[0], /^[0-9a-f]{64}$/)
    const apiKeys = [{ hint: apiKeyOf('c1').slice(0, 9) }]
    const scopes = ['records:write', 'records:read']
    const fields = { id: 'c1', service: 'flights', label: 'c1', status: 'frozen', scopes }
    assert.deepEqual(rest, { ...fields, operators: [], apiKeys, perSecond: 50, version: 1 })
    assert.equal(own.headers['x-ratelimit-limit-second'], '50')
    assert.doesNotMatch(own.payload, new RegExp(apiKeyOf('c1').slice(9)))

    const local = await get('c1')
    assert.deepEqual([local.statusCode, local.json()], [200, own.json()])
    const bodyOf = (text: string) => text.replace(/"instance":"[^"]*"|c1|c9/g, '')
    const foreign = await get('c1', { headers: bearer(apiKeyOf('c2')) })
    const missing = await get('c9', { headers: bearer(apiKeyOf('c2')) })
    assert.deepEqual([foreign.statusCode, foreign.json().code], [404, 'OBJECT_NOT_FOUND'])
    assert.equal(bodyOf(foreign.payload), bodyOf(missing.payload))
    assert.equal((await get('c9')).json().code, 'OBJECT_NOT_FOUND')
  })

  it('takes nobody for the machine who only comes through it', async () => {
    const { app, base, ledger } = await testGateway({ names: ['gateway.example'] })
    putCredential(ledger, 'c1')
    const code = async (how: object) => {
      const answer = await app.inject({ url: `${base}/credentials/c1`, ...how })
      return answer.json().code ?? answer.statusCode
    }
    assert.equal(await code({}), 200)
    assert.equal(await code({ headers: { host: 'gateway.example' } }), 200)
    for (const how of [
      { remoteAddress: '192.0.2.7' },
      { headers: { host: 'evil.example' } },
      { headers: { host: 'localhost.evil.example' } },
      { headers: { host: 'localhost:8421' } },
      { headers: { 'x-forwarded-for': '127.0.0.1' } },
      { headers: { forwarded: 'for=127.0.0.1' } },
      { headers: { 'x-real-ip': '127.0.0.1' } },
      { remoteAddress: '192.0.2.7', headers: { 'x-forwarded-for': '127.0.0.1' } },
    ]) {
      assert.equal(await code(how), 'AUTHENTICATION_REQUIRED', JSON.stringify(how))
    }
  })
})

describe('GET /services/{service}/credentials', () => {
  it('lists those of the service on the machine, in pages; else a credential itself', async () => {
    const { app, base, ledger } = await testGateway()
    for (const id of ['flights', 'other']) putService(ledger, id)
    for (const id of ['c1', 'c2', 'c3']) putCredential(ledger, id)
    putCredential(ledger, 'd1', { service: 'other' })
    putCredential(ledger, 'c4', { status: 'revoked', participant: 'p' })
    const get = async (query = '', how: object = {}) => {
      const url = `${base}/services/flights/credentials${query}`
      const { code, next, credentials = [] } = (await app.inject({ url, ...how })).json()
      return { code, next, ids: credentials.map(({ id }: { id: string }) => id) }
    }
    assert.deepEqual((await get()).ids, ['c1', 'c2', 'c3', 'c4'])
    const first = await get('?limit=3')
    assert.deepEqual(first.ids, ['c1', 'c2', 'c3'])
    assert.deepEqual((await get(`?limit=3&cursor=${first.next}`)).ids, ['c4'])
    assert.deepEqual((await get('?status=active&participant=p')).ids, [])
    assert.deepEqual((await get('?status=revoked&participant=p')).ids, ['c4'])
    const away = { remoteAddress: '192.0.2.7' }
    assert.equal((await get('', away)).code, 'AUTHENTICATION_REQUIRED')
    const as = (id: string) => ({ ...away, headers: bearer(apiKeyOf(id)) })
    assert.deepEqual((await get('', as('c2'))).ids, ['c2'])
    assert.deepEqual((await get('?status=frozen', as('c2'))).ids, [])
    assert.equal((await get('?cursor=AAAA', as('c2'))).code, 'CURSOR_INVALID')
    assert.equal((await get('', as('d1'))).code, 'CREDENTIAL_SERVICE_MISMATCH')
    const none = await app.inject({ url: `${base}/services/none/credentials` })
    assert.deepEqual([none.statusCode, none.json().code], [404, 'SERVICE_UNKNOWN'])
  })
})
