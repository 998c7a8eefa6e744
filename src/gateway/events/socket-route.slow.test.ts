import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { apiKeyOf } from '../../testing/access.ts'
import { EventWorld } from '../../testing/event-world.ts'
import type { GatewaySettings } from '../gateway.ts'

type Message = {
  readonly type: string
  readonly position: number
  readonly event?: unknown
  readonly head?: number
}

async function world(t: TestContext, settings: GatewaySettings = {}): Promise<EventWorld> {
  const own = await EventWorld.create(settings)
  t.after(() => own.close())
  return own
}

/** A client that keeps what comes; `got` waits until there is so much. */
function client(own: EventWorld, query = '', credential = 'c1') {
  const url = `${own.base().replace('http', 'ws')}/events/socket${query}`
  const headers = { authorization: `Bearer ${apiKeyOf(credential)}` }
  const socket = new WebSocket(url, { headers })
  const messages: Message[] = []
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  socket.on('error', () => {})
  const closed = once(socket, 'close').then(([code, reason]) => [code, String(reason)])
  const got = async (count: number) => {
    while (messages.length < count) await once(socket, 'message')
    return messages.map(({ position }) => position)
  }
  const ack = (position: number) => socket.send(JSON.stringify({ ack: position }))
  return { socket, messages, got, ack, closed, opened: once(socket, 'open') }
}

describe('GET events/socket', () => {
  it('sends at most a window of events that are not acknowledged', async (t) => {
    const own = await world(t)
    const all = await own.put('1', '2', '3', '4', '5')
    const one = client(own, '?from=0&window=2')
    assert.deepEqual(await one.got(2), all.slice(0, 2))
    await setTimeout(100)
    assert.equal(one.messages.length, 2)
    assert.equal(one.messages[0]?.type, 'event')
    one.ack(all[0] ?? 0)
    assert.deepEqual(await one.got(3), all.slice(0, 3))
    one.ack(all[2] ?? 0)
    assert.deepEqual(await one.got(5), all)
    one.socket.close()
  })

  it('filters by key and content type, and says of which ledger it is', async (t) => {
    const own = await world(t)
    const [first = 0, , , last = 0] = await own.put(
      { payload: '1', key: 'a', contentType: 'text/plain' },
      { payload: '2', key: 'b', contentType: 'text/plain' },
      { payload: '3', key: 'a' },
      { payload: '4', key: 'a', contentType: 'text/plain' },
    )
    const one = client(own, '?from=0&key=a&contentType=text/plain&window=1')
    const [answer] = await once(one.socket, 'upgrade')
    const named = [answer.headers['x-bsn-ledger'], answer.headers['x-bsn-environment']]
    assert.deepEqual(named, [own.ledger.id, 'live'])
    assert.deepEqual(await one.got(1), [first])
    one.ack(first)
    assert.deepEqual(await one.got(2), [first, last])
    one.socket.close()
  })

  it('goes on at the acknowledged position, after a reconnect and after a restart', async (t) => {
    const own = await world(t)
    const all = await own.put('1', '2', '3', '4')
    const first = client(own, '?from=0&consumer=mine')
    await first.got(4)
    first.ack(all[1] ?? 0)
    await setTimeout(20)
    first.socket.terminate()
    const second = client(own, '?consumer=mine')
    assert.deepEqual(await second.got(2), all.slice(2))
    second.ack(all[2] ?? 0)
    await setTimeout(20)
    await own.reopen()
    assert.deepEqual(await second.closed, [1001, 'GATEWAY_DRAINING'])
    const third = client(own, '?from=0&consumer=mine')
    assert.deepEqual(await third.got(1), all.slice(3))
    third.socket.terminate()
    // Another credential with the same name is another consumer.
    const other = client(own, '?from=0&consumer=mine', 'c2')
    assert.deepEqual(await other.got(4), all)
    other.socket.terminate()
  })

  it('keeps the place of a new name that was never acknowledged', async (t) => {
    const own = await world(t)
    const first = client(own, '?consumer=new')
    await first.opened
    await setTimeout(50)
    first.socket.terminate()
    const missed = await own.put('1')
    const second = client(own, '?consumer=new')
    assert.deepEqual(await second.got(1), missed)
    second.socket.terminate()
  })

  it('gives the name to the newest connection', async (t) => {
    const own = await world(t)
    const first = client(own, '?consumer=one')
    await first.opened
    const second = client(own, '?consumer=one')
    assert.deepEqual(await first.closed, [1008, 'CONSUMER_TAKEN_OVER'])
    second.socket.terminate()
  })
})

describe('GET events/socket, slowly', () => {
  it('tells a reader that lives that it is behind, once, and leaves nothing out', async (t) => {
    const own = await world(t, { streamBehindMin: 3, streamHeartbeatMs: 20 })
    const one = client(own, '?from=0&window=1')
    await one.opened
    const all = await own.put('1', '2', '3', '4', '5', '6')
    await one.got(2)
    // Several signs of life later it was not told again.
    await setTimeout(150)
    const [first, told, ...more] = one.messages
    assert.deepEqual([first?.type, first?.position, more], ['event', all[0], []])
    assert.deepEqual(told, { type: 'behind', position: all[0], head: all.length })
    assert.equal(one.socket.readyState, WebSocket.OPEN)
    one.socket.on('message', (data) => {
      const { type, position } = JSON.parse(String(data))
      if (type === 'event') one.ack(position)
    })
    one.ack(all[0] ?? 0)
    await one.got(all.length + 1)
    const events = one.messages.filter(({ type }) => type === 'event')
    assert.deepEqual(
      events.map(({ position }) => position),
      all,
    )
    one.socket.close()
  })
})

describe('GET events/socket, its end', () => {
  it('closes on what is no acknowledgement', async (t) => {
    const own = await world(t)
    await own.put('1')
    for (const text of ['{"ack":1}', '{"ack":-1}', '{"ack":"0"}', '[]', 'x', '{"ack":0.5}']) {
      const one = client(own, '?from=0')
      await one.got(1)
      one.socket.send(text)
      assert.deepEqual(await one.closed, [1008, 'ACK_INVALID'], text)
    }
    const long = client(own, '?from=0')
    await long.got(1)
    long.socket.send('x'.repeat(2000))
    assert.equal((await long.closed)[0], 1009)
  })

  it('closes a client that answers nothing, and one whose credential is revoked', async (t) => {
    const own = await world(t, { streamStallMs: 100, streamHeartbeatMs: 30, streamRecheckMs: 20 })
    const dead = client(own)
    dead.socket.on('ping', () => {})
    await dead.opened
    dead.socket.pong = () => {}
    const revoked = client(own, '', 'c2')
    await revoked.opened
    own.putCredential('c2', { status: 'revoked' })
    assert.deepEqual(await revoked.closed, [1008, 'CREDENTIAL_REVOKED'])
    assert.deepEqual(await dead.closed, [1013, 'STREAM_STALLED'])
    assert.equal(dead.messages.at(-1)?.type, 'behind')
  })

  it('refuses as any route does, before it becomes a WebSocket', async (t) => {
    const own = await world(t, { streamConsumersMax: 1 })
    const answered = async (query: string, credential?: string) => {
      const { socket } = client(own, query, credential)
      const [, response] = await once(socket, 'unexpected-response')
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part)
      return [response.statusCode, JSON.parse(Buffer.concat(parts).toString()).code]
    }
    assert.deepEqual(await answered('', 'nobody'), [401, 'CREDENTIAL_UNKNOWN'])
    assert.deepEqual(await answered('', 's1'), [403, 'CREDENTIAL_SERVICE_MISMATCH'])
    assert.deepEqual(await answered('?window=0'), [400, 'REQUEST_INVALID'])
    assert.deepEqual(await answered('?consumer=-'), [400, 'REQUEST_INVALID'])
    const first = client(own, '?consumer=a')
    await first.opened
    assert.deepEqual(await answered('?consumer=b'), [409, 'CONSUMERS_TOO_MANY'])
    first.socket.terminate()
    const plain = await own.fetch('/events/socket')
    assert.deepEqual([plain.status, (await plain.json()).code], [426, 'UPGRADE_REQUIRED'])
    assert.equal(plain.headers.get('upgrade'), 'websocket')
  })
})
