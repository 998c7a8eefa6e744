import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { encodeBatch, type LoggedRequest } from '@openbsn/sdk'
import type { InjectOptions } from 'fastify'
import { WebSocket } from 'ws'
import { apiKeyOf, putCredential } from '../../testing/access.ts'
import { contractsGateway } from '../../testing/contracts-gateway.ts'
import { EventWorld } from '../../testing/event-world.ts'
import { testFolder } from '../../testing/folder.ts'
import { testGatewayDeps, testStatement } from '../../testing/gateway.ts'
import { openGatewayDatabase } from '../gateway-database.ts'

/** A gateway of records and contracts whose database is a file. */
async function scene(t: TestContext) {
  const folder = testFolder()
  const file = folder.file('gateway.sqlite')
  const parts = testGatewayDeps()
  const database = openGatewayDatabase(file)
  parts.deps.database.close()
  Object.assign(parts.deps, { database })
  const gateway = await contractsGateway({ webhookAllow: ['127.0.0.0/8'] }, { parts })
  const { app, ledger, base } = gateway
  const scopes = ['records:write', 'records:read', 'events:read', 'webhooks:write', 'log:read']
  for (const service of ['coin', 'flights'])
    putCredential(ledger, `${service}-all`, { service, scopes })
  let isOpen = true
  const close = async () => {
    if (!isOpen) return
    isOpen = false
    await app.close()
    database.close()
  }
  t.after(async () => {
    await close()
    folder.remove()
  })
  const send = (options: InjectOptions) => app.inject(options)
  /** As JSON, with the credential of everything. */
  const json = (method: 'POST' | 'PATCH', url: string, payload: string, as = 'flights-all') =>
    send({
      ...{ method, url, payload },
      headers: { authorization: `Bearer ${apiKeyOf(as)}`, 'content-type': 'application/json' },
    })
  const logOf = async (service: string) => {
    const url = `${base}/services/${service}/request-log?limit=1000`
    const headers = { authorization: `Bearer ${apiKeyOf(`${service}-all`)}` }
    return (await send({ url, headers })).json().requests
  }
  return { ...gateway, file, database, close, send, json, logOf }
}

type Scene = Awaited<ReturnType<typeof scene>>

/** All bytes that the database has on disk. */
const bytesOf = (file: string) =>
  [file, `${file}-wal`].map((one) => readFileSync(one).toString('latin1')).join('\n')

const rowsIn = (database: DatabaseSync) =>
  Number(database.prepare('SELECT count(*) AS n FROM request_log').get()?.n)

const secrets = {
  key: apiKeyOf('flights-all'),
  coinKey: apiKeyOf('coin-all'),
  payload: 'what only the customer may read',
  subject: 'customer-0815',
  password: 'correct horse battery',
  token: 'hook-token-0815',
}

/** Everything with secrets in it that any door is asked. */
async function askEverything({ json, send, base, ledger }: Scene): Promise<void> {
  const { key, coinKey, payload, subject, password, token } = secrets
  const own = `${base}/services/flights`
  const bearer = { authorization: `Bearer ${key}` }
  const kept = `"value":"${payload}","private":{"subject":"${subject}"}`
  await json('POST', `${own}/records`, `{${kept}}`)
  // Refused, broken off, and beside what it should be.
  await json('POST', `${own}/records`, `{${kept},"unknown":1}`)
  await json('POST', `${own}/records`, `{${kept}`)
  await json('POST', `${own}/records`, `{"records":[{"value":1},{${kept}}]}`)
  await json('POST', `${own}/records`, `{"value":"${payload}","\\u0070rivate":{"subject":"a"}}`)
  await send({ url: `${own}/private/0`, headers: bearer })
  await send({ method: 'DELETE', url: `${own}/subjects/${subject}`, headers: bearer })
  // What people put where it does not belong.
  await json('POST', `${own}/records`, `{"value":{"key":"${key}"}}`)
  await json('POST', `${own}/records`, `{"value":"${key.replace('_', '\\u005f')}"}`)
  await json('POST', `${own}/records`, `{"value":"${'x'.repeat(4060)}${key}"}`)
  await send({ url: `${own}/records/${key}`, headers: bearer })
  await send({ url: `${own}/records/${key.replace('_', '%255f')}`, headers: bearer })
  await send({ url: `${own}/records?access_token=${token}`, headers: bearer })
  await send({ url: `${own}/records?x=${key}`, headers: bearer })
  await send({ url: `${own}/records`, headers: { ...bearer, 'x-request-id': key } })
  const hook = `http://127.0.0.1:1025/${token}`
  const made = (await json('POST', `${own}/webhooks`, `{"url":"${hook}"}`)).json()
  await json('PATCH', `${own}/webhooks/${made.id}`, `{"url":"${hook}","a":1}`)
  await json('POST', `${own}/webhooks/${made.id}/secret`, '{}')
  await send({ url: `${own}/webhooks`, headers: bearer })
  const rpc = (method: string, params: unknown[]) =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const type = { 'content-type': 'application/json' }
  const paths = [`/api/${coinKey}/coin/rpc`, `/api/${coinKey.replace('_', '%5f')}/coin/rpc`]
  for (const url of paths) {
    for (const call of [rpc('eth_blockNumber', []), rpc('personal_unlockAccount', [password])]) {
      await send({ method: 'POST', url, payload: call, headers: type })
    }
  }
  const headers = { ...type, 'x-api-key': coinKey, 'x-api-chain-type': 'coin' }
  await send({ method: 'POST', url: '/api/rpc', payload: rpc('eth_chainId', []), headers })
  await send({ url: `/api/${coinKey}/coin/rest/x?apikey=${token}` })
  const statement = Buffer.from(await testStatement(ledger, 'a'))
  const cose = { 'content-type': 'application/cose' }
  for (const url of [`${base}/entries`, '/scitt/flights/entries']) {
    await send({ method: 'POST', url, payload: statement, headers: cose })
  }
}

describe('the request log', () => {
  it('has no secret of any door: not in the rows, not in the file', async (t) => {
    const world = await scene(t)
    await askEverything(world)
    assert.ok((await world.logOf('flights')).length > 15)
    assert.ok((await world.logOf('coin')).length > 5)
    const told = JSON.stringify([await world.logOf('flights'), await world.logOf('coin')])
    assert.ok(rowsIn(world.database) > 20)
    const bytes = bytesOf(world.file)
    // What is no secret is found by the same search.
    assert.match(bytes, /eth_blockNumber/)
    const webhookSecrets = told.match(/whsec_[^*]/g)
    assert.equal(webhookSecrets, null)
    for (const [name, secret] of Object.entries(secrets)) {
      assert.ok(!told.includes(secret), `${name} is told`)
      // Of a webhook's address the table of webhooks has it, too.
      if (name !== 'token') assert.ok(!bytes.includes(secret), `${name} is in the file`)
      if (name.toLowerCase().endsWith('key')) {
        assert.ok(!bytes.includes(secret.slice(5, 30)), `a part of ${name} is in the file`)
      }
    }
  })

  it('is told of every door', async (t) => {
    const { json, send, logOf, base, ledger, app } = await scene(t)
    putCredential(ledger, 'writer')
    const sign = async (name: string) =>
      Buffer.from(await testStatement(ledger, name, { by: 'writer' }))
    const cose = { 'content-type': 'application/cose' }
    const post = (url: string, payload: Buffer, headers = cose) =>
      send({ method: 'POST', url, payload, headers })
    await post(`${base}/entries`, await sign('a'))
    // A copy, which anybody can send.
    await post(`${base}/entries`, await sign('a'))
    await post('/scitt/flights/entries', await sign('b'))
    const batch = Buffer.from(encodeBatch([await sign('b'), await sign('c')]))
    await post(`${base}/entries`, batch, { 'content-type': 'application/cbor-seq' })
    const statements = [(await sign('d')).toString('base64url')]
    await json('POST', `${base}/entries`, JSON.stringify({ statements }), 'writer')
    await json('POST', `${base}/services/flights/records`, '{"value":1}')
    const flights = (await logOf('flights')).map(
      ({ method, path, status, credential }: Record<string, string>) =>
        `${credential} ${method} ${status} ${path?.replace(base, '')}`,
    )
    assert.deepEqual(flights.toReversed(), [
      'writer POST 201 /entries',
      'writer POST 201 /scitt/flights/entries',
      'writer POST 200 /entries',
      'writer POST 200 /entries',
      'flights-all POST 201 /services/flights/records',
    ])
    const key = apiKeyOf('coin-all')
    const call = '{"jsonrpc":"2.0","id":1,"method":"eth_nothing","params":[]}'
    const type = { 'content-type': 'application/json' }
    await send({ method: 'POST', url: `/api/${key}/coin/rpc`, payload: call, headers: type })
    await json('POST', `${base}/services/coin/contracts/none/call/x`, '{}', 'coin-all')
    await json('POST', `${base}/services/coin/nothing`, '{}', 'coin-all')
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    const socket = new WebSocket(`${address.replace('http', 'ws')}/api/${key}/coin/ws`)
    const answered = new Promise((resolve) => socket.once('message', resolve))
    socket.once('open', () => socket.send(call))
    await answered
    socket.terminate()
    type Told = Record<string, string> & { readonly request?: { readonly text: string } }
    const coin = (await logOf('coin')).map(({ method, path, status, code, request }: Told) => [
      `${method} ${status} ${code} ${path?.replace(base, '')}`,
      request?.text,
    ])
    assert.deepEqual(coin.toReversed(), [
      ['POST 200 -32601 /api/***/coin/rpc', call],
      ['POST 404 CONTRACT_NOT_FOUND /services/coin/contracts/none/call/x', '{}'],
      ['POST 404 ROUTE_NOT_FOUND /services/coin/nothing', undefined],
      ['GET 200 -32601 /api/***/coin/ws', call],
    ])
  })
})

it('a key was used also where the log tells of nothing', async (t) => {
  const { logOf, database } = await scene(t)
  // The second answer has on disk what the first one noted.
  for (let i = 0; i < 2; i++) assert.deepEqual(await logOf('flights'), [])
  const used = database.prepare('SELECT credential FROM credential_use').all()
  assert.deepEqual(
    used.map(({ credential }) => credential),
    ['flights-all'],
  )
})

describe('the request log of event streams', () => {
  it('has each once, as soon as it is opened or refused', async (t) => {
    const own = await EventWorld.create({ streamRecheckMs: 10 })
    t.after(() => own.close())
    own.putCredential('reader', { scopes: ['log:read'] })
    const by = (id: string) => ({ authorization: `Bearer ${apiKeyOf(id)}` })
    const told = async () => {
      const answer = await fetch(`${own.base()}/request-log`, { headers: by('reader') })
      const { requests } = (await answer.json()) as { requests: LoggedRequest[] }
      return requests
        .map(({ path, status, code = 'none', credential }) =>
          [credential, status, code, path.replace(/.*flights/, '')].join(' '),
        )
        .toReversed()
    }
    const events = `${own.base()}/events`
    const leaves = new AbortController()
    await fetch(`${events}?from=0`, { headers: by('c1'), signal: leaves.signal })
    await fetch(events, { headers: by('reader') })
    const ends = await fetch(events, { headers: by('c2') })
    for (const [id, answer] of [
      ['c1', 'open'],
      ['reader', 'unexpected-response'],
    ] as const) {
      const headers = by(id)
      const socket = new WebSocket(`${events.replace('http', 'ws')}/socket`, { headers })
      socket.on('error', () => {})
      await once(socket, answer)
      t.after(() => socket.terminate())
    }
    const all = [
      'c1 200 none /events?from=0',
      'reader 403 SCOPE_MISSING /events',
      'c2 200 none /events',
      'c1 101 none /events/socket',
      'reader 403 SCOPE_MISSING /events/socket',
    ]
    assert.deepEqual(await told(), all)
    // One is left by its reader, another is ended by the gateway: neither is told of once more.
    leaves.abort()
    own.putCredential('c2', { status: 'revoked' })
    assert.match(await ends.text(), /event: end/)
    assert.deepEqual(await told(), all)
  })
})

describe('the request log of a gateway that stops', () => {
  it('has what was asked right before the gateway stopped', async (t) => {
    const { json, base, file, close } = await scene(t)
    await json('POST', `${base}/services/flights/records`, '{"value":1}')
    await close()
    const again = openGatewayDatabase(file)
    t.after(() => again.close())
    assert.equal(rowsIn(again), 1)
  })
})
