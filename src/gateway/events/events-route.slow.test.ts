import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { apiKeyOf } from '../../testing/access.ts'
import { EventWorld } from '../../testing/event-world.ts'
import type { GatewaySettings } from '../gateway.ts'

type Frame = { readonly id?: string; readonly event?: string; readonly data?: string }

/** Frames of a stream of server-sent events, as they come. */
async function* framesOf(response: Response): AsyncGenerator<Frame> {
  let text = ''
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n')
      text = text.slice(end + 2)
      yield Object.fromEntries(lines.map((line) => line.split(/: ?(.*)/s).slice(0, 2)))
    }
  }
}

async function world(t: TestContext, settings: GatewaySettings = {}): Promise<EventWorld> {
  const own = await EventWorld.create(settings)
  t.after(() => own.close())
  return own
}

async function take(frames: AsyncGenerator<Frame>, count: number): Promise<Frame[]> {
  const taken: Frame[] = []
  while (taken.length < count) {
    const { value, done } = await frames.next()
    if (done) break
    if (value.event !== undefined) taken.push(value)
  }
  return taken
}

/** Each is another one: the same statement would be a repeat. */
const big = (i: number) => JSON.stringify('x'.repeat(60_000) + i)
/** What came up to a text that stands near its end. */
async function textUntil(socket: Socket, last: string): Promise<string> {
  const parts: string[] = []
  for await (const part of socket.setEncoding('latin1')) {
    parts.push(part)
    if (parts.slice(-3).join('').includes(last)) break
  }
  return parts.join('')
}

const rawRequest = (path: string) =>
  `GET ${path}/events?from=0 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n` +
  `authorization: Bearer ${apiKeyOf('c1')}\r\n\r\n`

/** Waits until so many streams are open. */
async function streamsAre(own: EventWorld, count: number): Promise<void> {
  const line = new RegExp(`^bsn_event_streams ${count}$`, 'm')
  while (!line.test(await own.deps.metrics.text())) await setTimeout(10)
}

const positions = (frames: readonly Frame[]) => frames.map(({ id }) => Number(id))

describe('GET events', () => {
  it('tells what was, then what comes, as CloudEvents', async (t) => {
    const own = await world(t)
    const [first = 0] = await own.put('{"a":1}')
    const response = await own.fetch('/events?from=0')
    assert.equal(response.headers.get('content-type'), 'text/event-stream')
    const frames = framesOf(response)
    const [one] = await take(frames, 1)
    const data = JSON.parse(one?.data ?? '')
    assert.deepEqual([one?.id, one?.event], [String(first), 'record'])
    const { ledger } = own
    assert.deepEqual(data, {
      specversion: '1.0',
      id: `${ledger.id}:${first}`,
      source: `/ledgers/${ledger.id}/services/flights`,
      type: 'org.openbsn.record',
      time: '2023-11-14T22:13:30Z',
      datacontenttype: 'application/json',
      ledger: ledger.id,
      service: 'flights',
      issuer: 'founder',
      position: String(first),
      height: '1',
      transaction: String(first),
      data: { a: 1 },
    })
    const later = await own.put('{"a":2}', '{"a":3}')
    assert.deepEqual(positions(await take(frames, 2)), later)
    await frames.return(undefined)
  })

  it('begins with what comes where nobody says, and resumes after Last-Event-ID', async (t) => {
    const own = await world(t)
    const before = await own.put('1', '2', '3')
    const live = framesOf(await own.fetch('/events'))
    const init = { headers: { 'last-event-id': String(before[0]) } }
    const resumed = framesOf(await own.fetch('/events', init))
    const after = await own.put('4')
    assert.deepEqual(positions(await take(live, 1)), after)
    assert.deepEqual(positions(await take(resumed, 3)), [...before.slice(1), ...after])
    for (const one of [live, resumed]) await one.return(undefined)
  })

  it('filters by key and content type', async (t) => {
    const own = await world(t)
    const frames = framesOf(await own.fetch('/events?from=0&key=a&contentType=text/plain'))
    const kinds = [
      ['a', 'text/plain'],
      ['b', 'text/plain'],
      ['a', 'application/json'],
      ['a', 'text/plain'],
    ] as const
    const record = ([key, contentType]: (typeof kinds)[number]) => ({
      payload: '1',
      key,
      contentType,
    })
    const all = await own.put(...kinds.map(record))
    assert.deepEqual(positions(await take(frames, 2)), [all[0], all[3]])
    await frames.return(undefined)
  })
})

describe('GET events, slowly', () => {
  it('gives a slow reader everything, and tells it that it is behind', async (t) => {
    const own = await world(t, { streamBehindMin: 100, streamHeartbeatMs: 50 })
    const socket = connect(Number(new URL(own.base()).port), '127.0.0.1')
    t.after(() => socket.destroy())
    const { pathname } = new URL(own.base())
    socket.write(rawRequest(pathname))
    socket.pause()
    const sent = await own.put(...Array.from({ length: 150 }, (_, i) => big(i)))
    const more = await own.put(...Array.from({ length: 150 }, (_, i) => big(150 + i)))
    const text = await textUntil(socket, `"position":"${more.at(-1)}"`)
    const seen = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
    assert.deepEqual(seen, [...sent, ...more])
    assert.match(text, /event: behind\ndata: \{"position":\d+,"head":\d+\}\n\n/)
  })
})

describe('GET events, its end', () => {
  it('says goodbye to a reader that takes nothing', async (t) => {
    const own = await world(t, { streamStallMs: 200, streamHeartbeatMs: 50 })
    const socket = connect(Number(new URL(own.base()).port), '127.0.0.1')
    socket.pause()
    const { pathname } = new URL(own.base())
    socket.write(rawRequest(pathname))
    await streamsAre(own, 1)
    await own.put(...Array.from({ length: 400 }, (_, i) => big(i)))
    await streamsAre(own, 0)
    // What the connection had taken is still there, and then it ends: nothing hangs.
    let [bytes, end] = [0, '']
    socket.on('error', () => {})
    await new Promise((resolve) => {
      socket.setEncoding('latin1').on('data', (part: string) => {
        bytes += part.length
        end = (end + part).slice(-200)
      })
      socket.on('close', resolve)
      socket.resume()
    })
    assert.ok(bytes > 0 && bytes < 400 * 60_000)
    assert.match(end, /event: behind\ndata: \{"position":\d+,"head":400\}\n\n/)
  })

  it('keeps quiet connections alive', async (t) => {
    const own = await world(t, { streamHeartbeatMs: 20 })
    const response = await own.fetch('/events')
    let text = ''
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part
      if ((text.match(/^:$/gm) ?? []).length > 2) break
    }
    assert.match(text, /^retry: 2000\n\n/)
  })

  it('ends when the gateway drains', async (t) => {
    const own = await world(t)
    const frames = framesOf(await own.fetch('/events'))
    const end = take(frames, 1)
    await own.closeGateway()
    assert.deepEqual(await end, [{ event: 'end', data: '{"code":"GATEWAY_DRAINING"}' }])
  })

  it('ends when the credential is frozen', async (t) => {
    const own = await world(t, { streamRecheckMs: 20 })
    const frames = framesOf(await own.fetch('/events'))
    const end = take(frames, 1)
    own.putCredential('c1', { status: 'frozen' })
    assert.deepEqual(await end, [{ event: 'end', data: '{"code":"CREDENTIAL_FROZEN"}' }])
  })

  it('refuses streams beyond the limit, and odd positions', async (t) => {
    const own = await world(t, { streamsPerCredentialMax: 2 })
    const open = [await own.fetch('/events'), await own.fetch('/events')]
    const third = await own.fetch('/events')
    assert.equal(third.status, 429)
    assert.equal((await third.json()).code, 'STREAMS_TOO_MANY')
    for (const one of open) await one.body?.cancel()
    for (const query of ['from=-1', 'from=1e3', 'colour=red']) {
      assert.equal((await own.fetch(`/events?${query}`)).status, 400, query)
    }
    const headers = { 'last-event-id': 'x' }
    assert.equal((await own.fetch('/events', { headers })).status, 400)
  })
})

describe('GET events, with a name', () => {
  it('goes on where it was acknowledged, and the newest stream has it', async (t) => {
    const own = await world(t)
    await own.put('1', '2', '3')
    const open = async (more = '') =>
      framesOf(await own.fetch(`/events?from=0&consumer=billing${more}`))
    const first = await open()
    assert.deepEqual(positions(await take(first, 3)), [0, 1, 2])
    // It got all of them, and said of none that it had dealt with it.
    const second = await open('&key=none')
    assert.deepEqual((await take(first, 1))[0]?.data, '{"code":"CONSUMER_TAKEN_OVER"}')
    await own.send('PUT', '/events/consumers/billing', { position: 2 })
    const third = await open()
    assert.deepEqual((await take(second, 1))[0]?.data, '{"code":"CONSUMER_TAKEN_OVER"}')
    assert.deepEqual(positions(await take(third, 1)), [2])
    await third.return(undefined)
    await streamsAre(own, 0)
    await own.reopen()
    const again = await open()
    assert.deepEqual(positions(await take(again, 1)), [2])
    await own.send('DELETE', '/events/consumers/billing')
    assert.deepEqual((await take(again, 1))[0]?.data, '{"code":"CONSUMER_DELETED"}')
  })
})
