import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { apiKeyOf } from '../../testing/access.ts'
import { EventWorld } from '../../testing/event-world.ts'
import type { GatewaySettings } from '../gateway.ts'

async function world(t: TestContext, settings: GatewaySettings = {}): Promise<EventWorld> {
  const own = await EventWorld.create(settings)
  t.after(() => own.close())
  return own
}

/** A connection that has a name, and acknowledges what it gets. */
async function connect(own: EventWorld, name: string, { isMute = false } = {}) {
  const url = `${own.base().replace('http', 'ws')}/events/socket?from=0&consumer=${name}`
  const headers = { authorization: `Bearer ${apiKeyOf('c1')}` }
  const socket = new WebSocket(url, { headers })
  const got: number[] = []
  socket.on('message', (data) => {
    const { position } = JSON.parse(String(data))
    got.push(position)
    if (!isMute) socket.send(JSON.stringify({ ack: position }))
  })
  const closed = once(socket, 'close').then(([code, reason]) => [code, String(reason)])
  await once(socket, 'open')
  const until = async (count: number) => {
    while (got.length < count) await once(socket, 'message')
    return got
  }
  return { socket, closed, until }
}

type Who = [credential: string, service: string]
const list = async (own: EventWorld, who?: Who) =>
  (await own.send('GET', '/events/consumers', undefined, who)).body.consumers
const remove = (own: EventWorld, name: string, who?: Who) =>
  own.send('DELETE', `/events/consumers/${name}`, undefined, who)

/** Lists until a consumer is as it should be. */
async function untilShown(own: EventWorld, wanted: object): Promise<void> {
  while (true) {
    const [first] = await list(own)
    if (JSON.stringify(first) === JSON.stringify(wanted)) return
  }
}

describe('events/consumers', () => {
  it('shows where each name stands, and whether it is in use', { timeout: 20_000 }, async (t) => {
    const own = await world(t)
    assert.deepEqual(await list(own), [])
    await own.put('1', '2')
    const one = await connect(own, 'one')
    await one.until(2)
    await untilShown(own, { name: 'one', position: 2, head: 2, connected: true })
    const other = await connect(own, 'another')
    await other.until(2)
    one.socket.close()
    other.socket.close()
    await Promise.all([one.closed, other.closed])
    await own.reopen()
    const still = { position: 2, head: 2, connected: false }
    assert.deepEqual(await list(own), [
      { name: 'another', ...still },
      { name: 'one', ...still },
    ])
    assert.deepEqual(await list(own, ['c2', 'flights']), [])
    const { body: page } = await own.send('GET', '/events/consumers?limit=1')
    const { body: rest } = await own.send('GET', `/events/consumers?cursor=${page.next}`)
    assert.deepEqual(
      [page, rest].map(({ consumers }) => consumers.map(({ name }: { name: string }) => name)),
      [['another'], ['one']],
    )
    assert.equal(rest.next, undefined)
    const foreign = ['c2', 'flights']
    const path = `/events/consumers?cursor=${page.next}`
    assert.equal((await own.send('GET', path, undefined, foreign)).body.code, 'CURSOR_INVALID')
  })

  it('forgets a name, so that there is room for another, which begins anew', async (t) => {
    const own = await world(t, { streamConsumersMax: 1 })
    await own.put('1', '2')
    const one = await connect(own, 'one')
    // Its last acknowledgement waits to be written.
    await untilShown(own, { name: 'one', position: 2, head: 2, connected: true })
    assert.equal((await remove(own, 'one')).status, 204)
    assert.deepEqual(await one.closed, [1008, 'CONSUMER_DELETED'])
    assert.deepEqual(await list(own), [])
    const again = await connect(own, 'one', { isMute: true })
    assert.deepEqual(await again.until(2), [0, 1])
    await own.reopen({ streamConsumersMax: 1 })
    assert.deepEqual((await list(own))[0].position, 0)
    await remove(own, 'one')
    const two = await connect(own, 'two')
    two.socket.terminate()
  })

  it('deletes for nobody what others have', async (t) => {
    const own = await world(t)
    const one = await connect(own, 'one')
    one.socket.close()
    const codes = [
      [['c2', 'flights'], 404, 'CONSUMER_NOT_FOUND'],
      [['s1', 'sensors'], 404, 'CONSUMER_NOT_FOUND'],
      [['s1', 'flights'], 403, 'CREDENTIAL_SERVICE_MISMATCH'],
    ] as const
    for (const [who, status, code] of codes) {
      const answer = await remove(own, 'one', [...who])
      assert.deepEqual([answer.status, answer.body.code], [status, code], String(who))
    }
    assert.equal((await list(own)).length, 1)
    assert.equal((await remove(own, 'none')).status, 404)
    assert.equal((await remove(own, '-')).status, 400)
    own.putCredential('c1', { scopes: ['webhooks:write'] })
    assert.equal((await remove(own, 'one')).body.code, 'SCOPE_MISSING')
  })
})

describe('PUT events/consumers', () => {
  it('never goes back, nor beyond what there is', async (t) => {
    const own = await world(t, { streamConsumersMax: 1 })
    await own.put('1', '2', '3')
    const acknowledge = async (position: unknown, name = 'one') => {
      const { status, body } = await own.send('PUT', `/events/consumers/${name}`, { position })
      return status === 200 ? body.position : [status, body.code]
    }
    assert.equal(await acknowledge(1), 1)
    assert.equal(await acknowledge(0), 1)
    assert.equal(await acknowledge(9), 3)
    assert.deepEqual(await list(own), [{ name: 'one', position: 3, head: 3, connected: false }])
    await own.reopen({ streamConsumersMax: 1 })
    assert.equal(await acknowledge(2), 3)
    assert.deepEqual(await acknowledge(1, 'two'), [409, 'CONSUMERS_TOO_MANY'])
    for (const wrong of [-1, 0.5, '1', undefined]) {
      assert.deepEqual(await acknowledge(wrong), [400, 'REQUEST_INVALID'], String(wrong))
    }
    own.putCredential('c1', { scopes: ['webhooks:write'] })
    assert.deepEqual(await acknowledge(3), [403, 'SCOPE_MISSING'])
  })

  it('holds beside a stream that has the name, whatever that acknowledges after', async (t) => {
    const own = await world(t)
    await own.put('1', '2', '3')
    const { socket, until } = await connect(own, 'one', { isMute: true })
    await until(3)
    const { body } = await own.send('PUT', '/events/consumers/one', { position: 2 })
    assert.deepEqual(body, { name: 'one', position: 2, head: 3, connected: true })
    socket.send('{"ack":0}')
    socket.send('{"ack":2}')
    await untilShown(own, { name: 'one', position: 3, head: 3, connected: true })
    socket.terminate()
  })

  it('is not taken back by a stream that is behind', async (t) => {
    const own = await world(t)
    await own.put('1', '2', '3')
    const { socket, closed, until } = await connect(own, 'one', { isMute: true })
    await until(3)
    await own.send('PUT', '/events/consumers/one', { position: 3 })
    socket.send('{"ack":0}')
    socket.close()
    await closed
    await own.reopen()
    assert.equal((await list(own))[0].position, 3)
  })
})
