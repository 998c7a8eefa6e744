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
