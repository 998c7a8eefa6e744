import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { EventWorld } from '../../testing/event-world.ts'
import type { GatewaySettings } from '../gateway.ts'

async function world(t: TestContext, settings: GatewaySettings = {}): Promise<EventWorld> {
  const own = await EventWorld.create({ webhookRetryMs: 5, ...settings })
  t.after(() => own.close())
  return own
}

// Nobody listens there: what is sent fails at once.
const url = 'http://127.0.0.1:1025/hook'
const codeOf = ({ status, body }: { status: number; body?: { code?: string } }) => [
  status,
  body?.code,
]

describe('webhook routes', () => {
  it('makes, shows, changes and deletes a webhook; its secret is told once', async (t) => {
    const own = await world(t)
    const filter = { key: 'a', contentType: 'text/plain' }
    const { status, body: made } = await own.send('POST', '/webhooks', { url, filter })
    assert.equal(status, 201)
    assert.match(made.secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
    const { secret: _, ...shown } = made
    const { created } = made
    assert.deepEqual(shown, {
      ...{ id: made.id, service: 'flights', credential: 'c1', url, filter },
      ...{ state: 'active', node: 'test' },
      ...{ position: 0, head: 0, attempts: 0, created },
    })
    const path = `/webhooks/${made.id}`
    assert.deepEqual((await own.send('GET', path)).body, shown)
    assert.deepEqual((await own.send('GET', '/webhooks')).body, { webhooks: [shown] })
    const next = { url: `${url}2`, filter: {}, state: 'paused' }
    const { body: changed } = await own.send('PATCH', path, next)
    assert.deepEqual(changed, { ...shown, ...next })
    assert.equal((await own.send('DELETE', path)).status, 204)
    assert.deepEqual(codeOf(await own.send('GET', path)), [404, 'WEBHOOK_NOT_FOUND'])
  })

  it('lists attempts page by page, newest first', async (t) => {
    const own = await world(t, { webhookAttemptsMax: 5, webhookDeliveriesKept: 100 })
    const { body: made } = await own.send('POST', '/webhooks', { url })
    await own.put('1', '2')
    const path = `/webhooks/${made.id}`
    while ((await own.send('GET', path)).body.position < 2) await setTimeout(10)
    await setTimeout(150)
    const found: [number, number, string][] = []
    let cursor = ''
    do {
      const { body } = await own.send('GET', `${path}/deliveries?limit=3${cursor}`)
      assert.ok(body.deliveries.length <= 3)
      for (const { position, attempt, result, reason } of body.deliveries) {
        found.push([position, attempt, result])
        assert.equal(reason, 'connect_failed')
      }
      cursor = body.next === undefined ? '' : `&cursor=${body.next}`
    } while (cursor !== '')
    const of = (position: number) =>
      [5, 4, 3, 2, 1].map((attempt) => [position, attempt, attempt === 5 ? 'dead' : 'failed'])
    assert.deepEqual(found, [...of(1), ...of(0)])
    const { body } = await own.send('GET', `${path}/dead-letters?limit=1`)
    assert.equal(body.deadLetters[0].position, 0)
    const more = await own.send('GET', `${path}/dead-letters?limit=1&cursor=${body.next}`)
    assert.deepEqual([more.body.deadLetters[0].position, more.body.next], [1, undefined])
    const wrong = await own.send('GET', `${path}/deliveries?cursor=${body.next}`)
    assert.deepEqual(codeOf(wrong), [400, 'CURSOR_INVALID'])
  })
})

describe('webhook routes, dead letters', () => {
  it('are forgotten, one or all, and not sent again', async (t) => {
    const own = await world(t, { webhookAttemptsMax: 1 })
    const { body: made } = await own.send('POST', '/webhooks', { url })
    await own.put('1', '2', '3')
    const path = `/webhooks/${made.id}`
    while ((await own.send('GET', path)).body.position < 3) await setTimeout(10)
    const forget = async (query = '') => {
      const { body } = await own.send('DELETE', `${path}/dead-letters${query}`)
      return body.count ?? body.code
    }
    const dead = async () => {
      const { body } = await own.send('GET', `${path}/dead-letters`)
      return body.deadLetters.map(({ position }: { position: number }) => position)
    }
    // At once: the last one may wait to be written.
    assert.deepEqual([await forget('?position=1'), await dead()], [1, [0, 2]])
    assert.deepEqual([await forget('?position=1'), await forget('?position=9')], [0, 0])
    assert.equal(await forget('?position=x'), 'REQUEST_INVALID')
    const replay = () => own.send('POST', `${path}/replay`, { deadLetters: true })
    assert.deepEqual((await replay()).body, { count: 2 })
    assert.deepEqual([await forget(), await dead()], [2, []])
    assert.deepEqual((await replay()).body, { count: 0 })
    assert.equal((await own.send('GET', path)).body.position, 3)
  })
})

describe('webhook routes, one event', () => {
  it('show what is sent for it, where the webhook has it', async (t) => {
    const own = await world(t)
    const { body: made } = await own.send('POST', '/webhooks', { url, filter: { key: 'a' } })
    const sent = [
      { payload: '"mine"', key: 'a' },
      { payload: '2', key: 'b' },
    ]
    const [first = 0, other = 0] = await own.put(...sent)
    const path = `/webhooks/${made.id}/messages`
    const { body } = await own.send('GET', `${path}/${first}`)
    assert.deepEqual([body.id, body.url], [`msg_${made.id}_${first}`, url])
    assert.deepEqual(
      [JSON.parse(body.body).data, body.contentType],
      ['mine', 'application/cloudevents+json; charset=utf-8'],
    )
    for (const position of [other, 99]) {
      const answer = await own.send('GET', `${path}/${position}`)
      assert.deepEqual(codeOf(answer), [404, 'EVENT_NOT_FOUND'])
    }
    const odd = await own.send('GET', `${path}/x`)
    assert.deepEqual(codeOf(odd), [400, 'REQUEST_INVALID'])
  })
})

describe('webhook routes, what is refused', () => {
  it('shows nobody what others have', async (t) => {
    const own = await world(t)
    const { body: made } = await own.send('POST', '/webhooks', { url })
    const path = `/webhooks/${made.id}`
    const every = [
      ['GET', path],
      ['PATCH', path, { state: 'paused' }],
      ['DELETE', path],
      ['POST', `${path}/secret`],
      ['POST', `${path}/test`],
      ['POST', `${path}/replay`, { from: 0 }],
      ['GET', `${path}/deliveries`],
      ['GET', `${path}/dead-letters`],
      ['DELETE', `${path}/dead-letters`],
      ['GET', `${path}/messages/0`],
    ] as const
    for (const [method, to, body] of every) {
      // Another credential of the service, one of another service, and its own path.
      const other = await own.send(method, to, body, ['c2', 'flights'])
      assert.deepEqual(codeOf(other), [404, 'WEBHOOK_NOT_FOUND'], `${method} ${to}`)
      const foreign = await own.send(method, to, body, ['s1', 'sensors'])
      assert.deepEqual(codeOf(foreign), [404, 'WEBHOOK_NOT_FOUND'], `${method} ${to}`)
      const stranger = await own.send(method, to, body, ['s1', 'flights'])
      assert.deepEqual(codeOf(stranger), [403, 'CREDENTIAL_SERVICE_MISMATCH'], `${method} ${to}`)
    }
    const others = await own.send('GET', '/webhooks', undefined, ['c2', 'flights'])
    assert.deepEqual(others.body, { webhooks: [] })
    own.putCredential('c1', { scopes: ['events:read'] })
    assert.deepEqual(codeOf(await own.send('GET', path)), [403, 'SCOPE_MISSING'])
  })

  it('takes no field that it does not know, and no more than fit', async (t) => {
    const own = await world(t, { webhooksPerCredentialMax: 1 })
    const bodies = [
      ...[{}, { url, state: 'active' }, { url, position: 3 }, { url, filter: { issuer: 'x' } }],
      ...[
        { url, from: -1 },
        { url, from: 0.5 },
        { url, credential: 'c2' },
        { url, node: 'x' },
      ],
    ]
    for (const body of bodies) {
      const answer = await own.send('POST', '/webhooks', body)
      assert.deepEqual(codeOf(answer), [400, 'REQUEST_INVALID'], JSON.stringify(body))
    }
    const { body: made } = await own.send('POST', '/webhooks', { url })
    for (const body of [{}, { state: 'disabled' }, { position: 0 }, { secret: 'x' }]) {
      const answer = await own.send('PATCH', `/webhooks/${made.id}`, body)
      assert.deepEqual(codeOf(answer), [400, 'REQUEST_INVALID'], JSON.stringify(body))
    }
    const second = await own.send('POST', '/webhooks', { url })
    assert.deepEqual(codeOf(second), [409, 'WEBHOOKS_TOO_MANY'])
    const inner = await own.send('PATCH', `/webhooks/${made.id}`, { url: 'https://10.0.0.1/' })
    assert.deepEqual(codeOf(inner), [400, 'WEBHOOK_ADDRESS_REFUSED'])
    const odd = await own.send('PATCH', `/webhooks/${made.id}`, { url: 'ftp://example.org' })
    assert.deepEqual(codeOf(odd), [400, 'WEBHOOK_URL_INVALID'])
  })

  it('keeps secrets wrapped, in the database and out of the log', async (t) => {
    const own = await world(t)
    const { body: made } = await own.send('POST', '/webhooks', { url })
    await own.put('"planted payload"')
    await setTimeout(100)
    own.deps.database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    const file = String(own.deps.database.location())
    const bytes = readFileSync(file)
    assert.ok(bytes.includes(made.id))
    const secret = Buffer.from(made.secret.slice('whsec_'.length), 'base64')
    for (const form of [made.secret, secret]) assert.equal(bytes.includes(form), false)
    assert.doesNotMatch(own.parts.lines.join(''), /whsec_|planted/)
  })
})
