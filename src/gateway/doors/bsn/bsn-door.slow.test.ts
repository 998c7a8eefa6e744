import assert from 'node:assert/strict'
import { generateKeyPairSync, hash, X509Certificate } from 'node:crypto'
import { it } from 'node:test'
import { fromPem } from '@openbsn/sdk'
import { createBsnClient } from '@openbsn/sdk/bsn'
import { certificateRequest } from '../../../frameworks/fabric/organisation/certificate-request.ts'
import { apiKeyOf, putCredential, putObject, putService } from '../../../testing/access.ts'
import { type BsnAnswer, bsnRequest, isAnswerOf, namedKey } from '../../../testing/bsn-client.ts'
import { bsnGateway } from '../../../testing/bsn-gateway.ts'
import { type EndpointName, endpoints } from './endpoints.ts'

const names = Object.keys(endpoints) as EndpointName[]
const urlOf = (name: string) => `/api/fabric/v1/${name}`
const nonce = Buffer.alloc(24, 7).toString('base64')
const call = { userName: '', nonce, chainCode: 'kv', funcName: 'get', args: ['a'] }
const code = (answer: BsnAnswer) => answer.header.errCode

it('answers 200 with a length, unpacked, whatever fails and whatever type comes', async (t) => {
  const { inject, client, drain } = await bsnGateway(t, { settings: { bodyBytesMax: 2048 } })
  const good = JSON.stringify(bsnRequest(client, 'node/getLedgerInfo'))
  const url = urlOf('node/getLedgerInfo')
  const all = [
    inject(url, Buffer.from(good)),
    inject(url, good, { 'content-type': 'text/odd; charset=x' }),
    inject(url, good, { 'content-type': 'application/json;charset=UTF-8' }),
    inject(url, good, { 'accept-encoding': 'gzip', 'content-type': 'application/json' }),
    inject(url, ''),
    inject(url, '{'),
    inject(url, 'x'.repeat(4000)),
    inject(url, good, { 'content-encoding': 'gzip' }),
    inject(urlOf('node/nothing'), good),
    inject('/api/app/getAppInfo', '{}'),
  ]
  for (const [i, answer] of (await Promise.all(all)).entries()) {
    const { statusCode, headers, body } = answer
    assert.equal(statusCode, 200, `${i}`)
    assert.equal(Number(headers['content-length']), Buffer.byteLength(body), `${i}`)
    const told = [headers['transfer-encoding'], headers['content-encoding']]
    assert.deepEqual(told, [undefined, undefined], `${i}`)
    assert.match(String(headers['content-type']), /^application\/json/, `${i}`)
    const { header } = answer.json() as BsnAnswer
    assert.equal(header.code, -1, `${i}`)
    assert.equal(typeof header.msg, 'string', `${i}`)
    assert.equal(header.requestId, headers['x-request-id'], `${i}`)
  }
  const codes = (await Promise.all(all)).map((one) => code(one.json()))
  assert.deepEqual(codes, [
    ...['CALL_NOT_SENT', 'CALL_NOT_SENT', 'CALL_NOT_SENT', 'CALL_NOT_SENT', 'REQUEST_INVALID'],
    ...['JSON_MALFORMED', 'BODY_TOO_LARGE', 'CONTENT_ENCODING_UNSUPPORTED', 'ROUTE_NOT_FOUND'],
    'REQUEST_INVALID',
  ])
  drain.begin()
  const last = await inject(url, good)
  assert.deepEqual([last.statusCode, code(last.json())], [200, 'GATEWAY_DRAINING'])
})

it('signs errors as well, each with the body that clients bear', async (t) => {
  const { send, client, gatewayKey } = await bsnGateway(t)
  const shown = await gatewayKey()
  for (const name of names) {
    const wrong = { ...bsnRequest(client, name, {}), mac: 'AAAA' }
    const answer = await send(urlOf(name), wrong)
    const { header, mac, body } = answer
    assert.deepEqual(Object.keys(answer), ['header', 'mac', 'body'], name)
    assert.match(header.msg, /^Signature verification failed/, name)
    assert.equal(header.errCode, 'BSN_MAC_INVALID', name)
    const bodies: Partial<Record<EndpointName, unknown>> = {
      'node/getTransdata': {},
      'node/getBlockData': {},
      'chainCode/event/query': [],
    }
    assert.deepEqual(body, name in bodies ? bodies[name] : null, name)
    assert.ok(mac !== '' && isAnswerOf(answer, shown), name)
  }
})

it('tells an application about itself, unsigned, and nobody about others', async (t) => {
  const { send, client, gatewayKey, ledger } = await bsnGateway(t)
  const { userCode, appCode } = client
  const header = { userCode, appCode }
  for (const more of [{}, { body: null }, { body: {}, mac: '' }, { body: '' }]) {
    const answer = await send('/api/app/getAppInfo', { header, ...more })
    assert.equal(answer.header.code, 0)
    assert.deepEqual(answer.body, {
      ...{ appName: 'coin', appType: 'fabric', caType: 1, algorithmType: 2 },
      ...{ mspId: 'alphaMSP', channelId: 'coin-channel', fabricVersion: '2.2.1' },
    })
    assert.ok(isAnswerOf(answer, await gatewayKey()))
  }
  for (const other of [
    { userCode: `b@${ledger.id}`, appCode },
    { userCode: 'a', appCode },
    { userCode: 'a@bsn1other', appCode },
    { userCode, appCode: 'nobody' },
  ]) {
    const { header: told, body } = await send('/api/app/getAppInfo', { header: other })
    assert.deepEqual([told.code, told.errCode, body], [-1, 'CREDENTIAL_UNKNOWN', null])
  }
})

for (const [algorithm, type] of [
  ['ES256K', 3],
  ['SM2', 1],
] as const) {
  it(`checks a mac over what was sent, and answers by the same: ${algorithm}`, async (t) => {
    const { ask, send, client, gatewayKey } = await bsnGateway(t, {
      service: { keyMode: 'public-key-upload' },
      credential: { algorithm },
    })
    const shown = await gatewayKey(`?algorithm=${algorithm}`)
    assert.equal(fromPem(shown)[0]?.algorithm.name, algorithm)
    const info = await send('/api/app/getAppInfo', { header: client })
    const { caType, algorithmType } = info.body as { caType: number; algorithmType: number }
    assert.deepEqual([caType, algorithmType], [2, type])
    assert.ok(isAnswerOf(info, shown))
    const user = { name: 'u1', secret: '123456' }
    const registered = await ask('user/register', user)
    assert.deepEqual(registered.body, user)
    assert.ok(isAnswerOf(registered, shown))
    assert.ok(!isAnswerOf(registered, await gatewayKey()))
    const request = bsnRequest(client, 'user/register', user)
    const changed = { ...request, body: { name: 'u1', secret: '123457' } }
    const refused = await send(urlOf('user/register'), changed)
    assert.equal(code(refused), 'BSN_MAC_INVALID')
    assert.ok(isAnswerOf(refused, shown))
    for (const other of ['ES256', 'ES256K', 'SM2']) {
      const stranger = { ...client, key: namedKey('other', other) }
      assert.equal(code(await ask('node/getLedgerInfo', {}, stranger)), 'BSN_MAC_INVALID', other)
    }
  })
}

for (const algorithm of ['ES256', 'ES256K', 'SM2']) {
  it(`is understood by the SDK's client, which it understands: ${algorithm}`, async (t) => {
    const { client, gatewayKey, app } = await bsnGateway(t, {
      service: { keyMode: 'public-key-upload' },
      credential: { algorithm },
    })
    const { userCode, appCode, key } = client
    const own = createBsnClient({
      ...{ gateway: 'http://gateway.test', userCode, appCode },
      privateKey: String(key.export({ type: 'pkcs8', format: 'pem' })),
      gatewayKey: await gatewayKey(`?algorithm=${algorithm}`),
      fetch: async (address, how) => {
        const url = new URL(String(address)).pathname
        const { body } = await app.inject({ method: 'POST', url, payload: String(how?.body) })
        return new Response(body)
      },
    })
    assert.equal((await own.appInfo()).channelId, 'coin-channel')
    assert.deepEqual(await own.registerUser('u1', 's'), { name: 'u1', secret: 's' })
    // It has the key of a user made, of P-256; the certificate authority is away.
    const told = await own.enrollUser('u1', 's').catch((error) => error)
    assert.deepEqual([told.code, told.details.code], ['BSN_REFUSED', 'FABRIC_ENROLL_FAILED'])
  })
}

it('certifies users of P-256 alone, whatever the mac is of, and says so', async (t) => {
  const { ask } = await bsnGateway(t, {
    service: { keyMode: 'public-key-upload' },
    credential: { algorithm: 'SM2' },
  })
  await ask('user/register', { name: 'u1', secret: 's' })
  const enrol = async (namedCurve: string) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve })
    const csrPem = await certificateRequest('u1@c-key', privateKey)
    return (await ask('user/enroll', { name: 'u1', secret: 's', csrPem })).header
  }
  const refused = await enrol('SM2')
  assert.equal(refused.errCode, 'CERTIFICATE_REQUEST_INVALID')
  assert.match(refused.msg, /not P-256, the one kind that Fabric verifies/)
  // The certificate authority is away.
  assert.equal((await enrol('P-256')).errCode, 'FABRIC_ENROLL_FAILED')
})

it('keeps one key of its own, with a certificate that clients take', async (t) => {
  const { gatewayKey } = await bsnGateway(t)
  const shown = await gatewayKey()
  const { subject, publicKey, validToDate } = new X509Certificate(shown)
  assert.equal(subject, 'CN=test')
  assert.equal(publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  assert.ok(validToDate.getTime() > 1_800_000_000_000)
  assert.ok(new X509Certificate(shown).verify(publicKey))
  assert.equal(await gatewayKey('?algorithm=ES256'), shown)
})

it('is for keys, services, nodes and modes that it can serve', async (t) => {
  const ed = await bsnGateway(t, { credential: { algorithm: 'EdDSA' } })
  assert.equal(code(await ed.ask('node/getLedgerInfo')), 'BSN_KEY_UNUSABLE')
  const other = await bsnGateway(t, { credential: { service: 'flights' } })
  assert.equal(code(await other.ask('node/getLedgerInfo')), 'BSN_NOT_FABRIC')
  const trusted = await bsnGateway(t)
  assert.equal(code(await trusted.ask('node/trans', { transData: 'AAAA' })), 'BSN_KEY_MODE')
  const enrol = { name: 'u', secret: 's', csrPem: 'x' }
  assert.equal(code(await trusted.ask('user/enroll', enrol)), 'BSN_KEY_MODE')
  const upload = await bsnGateway(t, { service: { keyMode: 'public-key-upload' } })
  assert.equal(code(await upload.ask('node/reqChainCode', call)), 'BSN_KEY_MODE')
  assert.equal(code(await upload.ask('node/trans', { transData: 'AAAA' })), 'PROPOSAL_INVALID')
  const elsewhere = await bsnGateway(t, { service: { nodes: ['far', 'test'] } })
  putObject(elsewhere.ledger, 'node/far', { operator: 'b', gateway: 'https://far.example.org' })
  const { header } = await elsewhere.ask('node/getLedgerInfo')
  assert.equal(header.errCode, 'BSN_HOME_ELSEWHERE')
  assert.match(header.msg, /https:\/\/far\.example\.org/)
  // The operators that the credential names decide, where it names some.
  const served = { operatedBy: 'a' }
  const named = { service: { nodes: ['far', 'test'] }, credential: { operators: ['a'] }, served }
  const own = await bsnGateway(t, named)
  putObject(own.ledger, 'node/far', { operator: 'b', gateway: 'https://far.example.org' })
  putObject(own.ledger, 'node/test', { operator: 'a', gateway: 'https://here.example.org' })
  assert.equal(code(await own.ask('node/getLedgerInfo')), 'CALL_NOT_SENT')
  const others = await bsnGateway(t, { credential: { operators: ['b', 'a'] }, served })
  putObject(others.ledger, 'node/test', { operator: 'a', gateway: 'https://here.example.org' })
  assert.equal(code(await others.ask('node/getLedgerInfo')), 'BSN_HOME_ELSEWHERE')
  const home = await bsnGateway(t, { service: { nodes: ['test', 'far'] } })
  assert.equal(code(await home.ask('node/getLedgerInfo')), 'CALL_NOT_SENT')
})

it('lets nobody do what the ledger does not let the credential', async (t) => {
  const frozen = await bsnGateway(t, { service: { status: 'frozen' } })
  assert.equal(code(await frozen.ask('user/register', { name: 'u' })), 'SERVICE_FROZEN')
  // Whether a call writes is known once it is endorsed: reading goes on.
  assert.equal(code(await frozen.ask('node/getLedgerInfo')), 'CALL_NOT_SENT')
  const reader = await bsnGateway(t, { credential: { scopes: ['records:read'] } })
  assert.equal(code(await reader.ask('user/register', { name: 'u' })), 'SCOPE_MISSING')
  const event = { chainCode: 'kv', eventKey: 'set', notifyUrl: 'https://example.org/' }
  assert.equal(code(await reader.ask('chainCode/event/register', event)), 'SCOPE_MISSING')
  const query = await reader.ask('chainCode/event/query')
  assert.deepEqual([code(query), query.body], ['SCOPE_MISSING', []])
  const neither = await bsnGateway(t, { credential: { scopes: ['webhooks:write'] } })
  assert.equal(code(await neither.ask('node/reqChainCode', call)), 'SCOPE_MISSING')
  assert.equal(code(await neither.ask('node/getLedgerInfo')), 'SCOPE_MISSING')
  const ended = await bsnGateway(t, { credential: { status: 'revoked' } })
  assert.equal(code(await ended.ask('node/getLedgerInfo')), 'CREDENTIAL_REVOKED')
  const { userCode, appCode } = ended.client
  const info = await ended.send('/api/app/getAppInfo', { header: { userCode, appCode } })
  assert.equal(code(info), 'CREDENTIAL_REVOKED')
  const limited = await bsnGateway(t, { credential: { perSecond: 1 } })
  const codes = [await limited.ask('node/getLedgerInfo'), await limited.ask('node/getLedgerInfo')]
  assert.deepEqual(codes.map(code), ['CALL_NOT_SENT', 'RATE_LIMITED'])
})

it('limits strangers by their address, also those who guess macs', async (t) => {
  const settings = { addressPerSecond: 2, limitLoopback: true }
  const { send, client } = await bsnGateway(t, { settings })
  const wrong = { ...bsnRequest(client, 'node/getLedgerInfo'), mac: 'AAAA' }
  const codes = []
  for (let i = 0; i < 3; i++) codes.push(code(await send(urlOf('node/getLedgerInfo'), wrong)))
  assert.deepEqual(codes, ['BSN_MAC_INVALID', 'BSN_MAC_INVALID', 'RATE_LIMITED'])
})

it('says in sandboxes what a mac was expected over', async (t) => {
  const { send, client, ledger } = await bsnGateway(t, { served: { environment: 'sandbox' } })
  const body = { name: 'u1', secret: 's' }
  const request = bsnRequest(client, 'user/register', body)
  const told = await send(urlOf('expected/user/register'), { ...request, mac: 'AAAA' })
  const text = `a@${ledger.id}c-keyu1s`
  const { text: expected, sha256, sm3, isRight } = told.body as Record<string, string>
  assert.deepEqual([told.header.code, expected, isRight], [0, text, 'false'])
  assert.deepEqual([sha256, sm3], [hash('sha256', text), hash('sm3', text)])
  const right = await send(urlOf('expected/user/register'), request)
  assert.equal((right.body as Record<string, string>).isRight, 'true')
  assert.equal(code(await send(urlOf('expected/nothing'), request)), 'ROUTE_NOT_FOUND')
  const live = await bsnGateway(t)
  const refused = await live.send(urlOf('expected/user/register'), request)
  assert.deepEqual([code(refused), refused.body], ['ROUTE_NOT_FOUND', null])
})

it('takes nonces of 24 bytes and plain names, and no contract of the system', async (t) => {
  const { ask } = await bsnGateway(t)
  for (const bad of ['', 'short', `${nonce}A`, nonce.replace('B', '_')]) {
    assert.equal(code(await ask('node/reqChainCode', { ...call, nonce: bad })), 'REQUEST_INVALID')
  }
  for (const name of ['', 'a@b', 'a b', 'x'.repeat(20), 'a\nCN=b', 'ü']) {
    assert.equal(code(await ask('user/register', { name, secret: 's' })), 'REQUEST_INVALID', name)
  }
  for (const chainCode of ['_lifecycle', 'lscc', 'qscc', 'cscc']) {
    const { header } = await ask('node/reqChainCode', { ...call, chainCode })
    assert.equal(header.errCode, 'CONTRACT_UNKNOWN', chainCode)
  }
  const unknown = await ask('node/reqChainCode', { ...call, userName: 'nobody' })
  assert.deepEqual(
    [code(unknown), unknown.header.msg.split(':')[0]],
    ['USER_UNKNOWN', 'User information does not exist'],
  )
})

it('registers users once, and enrols whoever has the secret and the key', async (t) => {
  const upload = { service: { keyMode: 'public-key-upload' } }
  const { ask } = await bsnGateway(t, upload)
  const first = await ask('user/register', { name: 'u1', secret: '' })
  const { secret } = first.body as { secret: string }
  assert.match(secret, /^[0-9a-f]{32}$/)
  // Whoever asks again is told the same, and nobody else's takes its place.
  assert.deepEqual((await ask('user/register', { name: 'u1', secret: '' })).body, first.body)
  assert.deepEqual((await ask('user/register', { name: 'u1', secret })).body, first.body)
  const other = await ask('user/register', { name: 'u1', secret: 'mine' })
  assert.equal(code(other), 'USER_EXISTS')
  const enrol = (more: object) =>
    ask('user/enroll', { name: 'u1', secret, csrPem: 'no request', ...more })
  assert.equal(code(await enrol({ name: 'u2' })), 'USER_UNKNOWN')
  assert.equal(code(await enrol({ secret: 'other' })), 'USER_SECRET_WRONG')
  assert.equal(code(await enrol({})), 'CERTIFICATE_REQUEST_INVALID')
})

it('sends notifications to no address that is inside', async (t) => {
  const { ask } = await bsnGateway(t)
  const event = { chainCode: 'kv', eventKey: 'set', attachArgs: 'a=1' }
  const asked = (notifyUrl: string) => ask('chainCode/event/register', { ...event, notifyUrl })
  assert.equal(code(await asked('http://example.org/')), 'WEBHOOK_URL_INVALID')
  assert.equal(code(await asked('https://127.0.0.1/')), 'WEBHOOK_ADDRESS_REFUSED')
  assert.equal(code(await asked('https://169.254.169.254/')), 'WEBHOOK_ADDRESS_REFUSED')
  const slow = { ...event, eventKey: '(a+)+$', notifyUrl: 'https://example.org/' }
  assert.equal(code(await ask('chainCode/event/register', slow)), 'BSN_EVENT_KEY_INVALID')
  // What is not there is gone already.
  const removed = await ask('chainCode/event/remove', { eventId: 'e1' })
  assert.deepEqual([removed.header.code, removed.body], [0, null])
  assert.deepEqual((await ask('chainCode/event/query')).body, [])
})

it('applications of other credentials are none of this one', async (t) => {
  const { ask, client, ledger } = await bsnGateway(t)
  putService(ledger, 'other', { framework: 'fabric' })
  putCredential(ledger, 'd-key', { service: 'coin', algorithm: 'ES256' })
  const stolen = { ...client, appCode: 'd-key' }
  assert.equal(code(await ask('node/getLedgerInfo', {}, stolen)), 'BSN_MAC_INVALID')
})

it('what an application asks is in the request log of its service, without secrets', async (t) => {
  const { ask, app, base } = await bsnGateway(t, {
    credential: { scopes: ['records:write', 'log:read'] },
    service: { keyMode: 'public-key-upload' },
  })
  await ask('user/register', { name: 'u1', secret: 'hidden-secret' })
  await ask('user/register', { name: 'u1', secret: 'other' })
  const answer = await app.inject({
    url: `${base}/services/coin/request-log`,
    headers: { authorization: `Bearer ${apiKeyOf('c-key')}` },
  })
  const logged = answer
    .json()
    .requests.map((one: Record<string, unknown>) => [
      ...[one.credential, one.path, one.status, one.code],
    ])
  const path = '/api/fabric/v1/user/register'
  assert.deepEqual(logged, [
    ['c-key', path, 200, 'USER_EXISTS'],
    ['c-key', path, 200, undefined],
  ])
  assert.ok(!answer.body.includes('hidden-secret'))
})
