import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClient } from './client.ts'
import type { ServiceEvent, StreamBehind } from './service-event.ts'

const frame = (position: number) =>
  `id: ${position}\nevent: record\ndata: {"position":"${position}"}\n\n`
const end = (code: string) => `event: end\ndata: {"code":"${code}"}\n\n`

/** A gateway whose streams are these texts in turn, cut into pieces; none is the last one. */
function streams(...texts: readonly (string | Response)[]) {
  const asked: string[] = []
  const answers = [...texts]
  const doFetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    const { authorization } = init.headers as Record<string, string>
    asked.push(`${new URL(String(url)).pathname.split('/').slice(5).join('/')}`)
    asked.push(new URL(String(url)).search, String(authorization))
    const text = answers.shift()
    if (text === undefined) throw new TypeError('refused')
    if (text instanceof Response) return text
    const pieces = new ReadableStream<string>({
      start(stream) {
        for (const piece of text.match(/.{1,7}/gs) ?? []) stream.enqueue(piece)
        stream.close()
      },
    })
    return new Response(pieces.pipeThrough(new TextEncoderStream()))
  }
  const client = createClient({
    gateways: [{ url: 'http://127.0.0.1:8420', operator: 'acme' }],
    ledger: 'bsn1aa',
    retryDelayMs: 1,
    apiKey: { key: 'x', operators: ['acme'] },
    fetch: doFetch as typeof fetch,
  })
  return { client, asked }
}

async function take(events: AsyncGenerator<ServiceEvent>, count: number): Promise<string[]> {
  const taken: string[] = []
  for await (const { position } of events) if (taken.push(position) === count) break
  return taken
}

describe('client.events', () => {
  it('goes on where a stream broke off, and leaves out what is no event', async () => {
    const behind = 'event: behind\ndata: {"position":1,"head":9}\n\n'
    const { client, asked } = streams(
      `retry: 2000\nid: 4\n\n`,
      `:\n\n${frame(5)}${behind}${frame(7)}id: 8\nevent: record\nda`,
      end('GATEWAY_DRAINING'),
      frame(8) + frame(9),
    )
    assert.deepEqual(await take(client.events('flights', { key: 'a b' }), 4), ['5', '7', '8', '9'])
    const queries = asked.filter((_, i) => i % 3 === 1)
    assert.deepEqual(queries, ['?key=a+b', '?from=5&key=a+b', '?from=8&key=a+b', '?from=8&key=a+b'])
    assert.deepEqual(asked.slice(0, 3), ['services/flights/events', '?key=a+b', 'Bearer x'])
  })

  it('tells a slow reader how far it is behind', async () => {
    const behind = 'event: behind\ndata: {"position":6,"head":9}\n\n'
    const { client, asked } = streams(frame(5) + behind, behind + frame(6))
    const told: [position: number, head: number][] = []
    const onBehind = ({ position, head }: StreamBehind) => void told.push([position, head])
    assert.deepEqual(await take(client.events('flights', { from: 5, onBehind }), 2), ['5', '6'])
    assert.deepEqual(told, [
      [6, 9],
      [6, 9],
    ])
    assert.deepEqual([asked[1], asked[4]], ['?from=5', '?from=6'])
  })

  it('asks again while the gateway is not there, or is busy', async () => {
    const busy = Response.json({ code: 'GATEWAY_DRAINING' }, { status: 503 })
    const { client } = streams(busy, frame(1))
    assert.deepEqual(await take(client.events('flights'), 1), ['1'])
  })

  it('ends with the code of what does not pass', async () => {
    const unknown = Response.json({ code: 'CREDENTIAL_UNKNOWN' }, { status: 401 })
    const cases = [
      [end('CREDENTIAL_REVOKED'), 'CREDENTIAL_REVOKED'],
      [unknown, 'CREDENTIAL_UNKNOWN'],
    ]
    for (const [text, code] of cases as [string | Response, string][]) {
      await assert.rejects(take(streams(text).client.events('flights'), 1), { code })
    }
    const odd = 'event: record\ndata: {\n\n'
    await assert.rejects(take(streams(odd).client.events('flights'), 1), {
      code: 'GATEWAY_ANSWER_INVALID',
    })
  })

  it('ends by its signal', async () => {
    const stop = new AbortController()
    const { client } = streams(frame(1))
    const taken: string[] = []
    for await (const { position } of client.events('flights', { signal: stop.signal })) {
      taken.push(position)
      stop.abort()
    }
    assert.deepEqual(taken, ['1'])
  })
})

/** A gateway that keeps the place of names; streams break off after `most` events. */
function keepingPlaces({ head, most }: { readonly head: number; readonly most: number }) {
  const places = new Map<string, number>()
  const told: (readonly [string, number])[] = []
  const at = {
    refusal: undefined as { readonly code: string; readonly status: number } | undefined,
  }
  const doFetch = async (input: string | URL | Request, init: RequestInit = {}) => {
    const url = new URL(String(input))
    if (init.method !== 'PUT') {
      const name = url.searchParams.get('consumer') ?? ''
      const from = places.get(name) ?? Number(url.searchParams.get('from'))
      places.set(name, from)
      const count = Math.max(0, Math.min(most, head - from))
      const frames = Array.from({ length: count }, (_, i) => frame(from + i))
      return new Response(`id: ${from - 1}\n\n${frames.join('')}`)
    }
    if (at.refusal) return Response.json(at.refusal, { status: at.refusal.status })
    const name = url.pathname.split('/').at(-1) ?? ''
    const { position } = JSON.parse(Buffer.from(init.body as Uint8Array).toString())
    told.push([name, position])
    places.set(name, position)
    return Response.json({ name, position, head, connected: false })
  }
  const gateway = { gateway: 'http://127.0.0.1:8420', ledger: 'bsn1aa', retryDelayMs: 1 }
  const client = createClient({ ...gateway, fetch: doFetch as typeof fetch })
  return {
    events: (query = {}) => client.events('shop', { consumer: 'billing', ...query }),
    told,
    at,
  }
}

describe('client.events, with a name', () => {
  it('says how far it has come when the loop asks for more, and goes on there', async () => {
    const { events, told } = keepingPlaces({ head: 9, most: 100 })
    assert.deepEqual(await take(events({ from: 4 }), 3), ['4', '5', '6'])
    // That of the `break` is not dealt with.
    assert.deepEqual(told, [['billing', 6]])
    assert.deepEqual(await take(events({ from: 0 }), 2), ['6', '7'])
    assert.deepEqual(told.at(-1), ['billing', 7])
    assert.deepEqual(await take(events(), 1), ['7'])
    assert.equal(told.length, 2)
  })

  it('hands out nothing twice where a stream breaks before it has said so', async () => {
    const { events, told } = keepingPlaces({ head: 9, most: 5 })
    const taken: string[] = []
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 1500)
    for await (const { position } of events({ from: 0, signal: stop.signal })) taken.push(position)
    assert.deepEqual(
      taken,
      Array.from({ length: 9 }, (_, i) => String(i)),
    )
    assert.deepEqual(told.at(-1), ['billing', 9])
  })

  it('ends where it may not say so, and makes up for what passes', async () => {
    const { events, told, at } = keepingPlaces({ head: 9, most: 100 })
    at.refusal = { code: 'RATE_LIMITED', status: 429 }
    for await (const { position } of events({ from: 0 })) {
      if (position === '2') at.refusal = undefined
      if (position === '5') break
    }
    assert.deepEqual(told, [['billing', 5]])
    at.refusal = { code: 'SCOPE_MISSING', status: 403 }
    const slowly = async () => {
      for await (const { position } of events()) {
        if (position === '6') await new Promise((resolve) => setTimeout(resolve, 1200))
      }
    }
    await assert.rejects(slowly(), { code: 'SCOPE_MISSING' })
  })
})
