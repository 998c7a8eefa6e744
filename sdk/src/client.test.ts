import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toBase64url } from './base64url.ts'
import { utf8 } from './bytes.ts'
import { createClient } from './client.ts'
import { encodeBatch } from './statement.ts'

type Answer = Response | Error | (() => Promise<Response>)

/** A gateway that gives these answers in turn, and remembers what it was asked. */
function gateway(...answers: Answer[]) {
  const asked: { url: string; init: RequestInit }[] = []
  const doFetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    asked.push({ url: String(url), init })
    const answer = answers.shift() ?? assert.fail('one request too many')
    if (answer instanceof Error) throw answer
    return typeof answer === 'function' ? answer() : answer
  }
  const client = createClient({
    gateway: 'http://127.0.0.1:8420/',
    ledger: 'bsn1aa',
    retryDelayMs: 1,
    attemptsMax: 3,
    fetch: doFetch as typeof fetch,
  })
  return { client, asked }
}

const ok = (body: unknown) => Response.json(body)
const problem = (status: number, code: string) =>
  Response.json({ code, detail: `because of ${code}` }, { status })
const refused = { outcome: 'refused', code: 'KEY_UNKNOWN', detail: 'no such key' } as const
const statement = utf8('statement')
const base = 'http://127.0.0.1:8420/api/v1/ledgers/bsn1aa'

/** A body that ends before its announced end. */
const brokenOff = () =>
  new Response(new ReadableStream({ start: (stream) => stream.error(new TypeError('cut')) }))

describe('client', () => {
  it('submits a batch and returns its outcomes in order', async () => {
    const { client, asked } = gateway(ok({ outcomes: [refused, refused] }))
    const outcomes = await client.submit([statement, statement], { receipts: true })
    assert.deepEqual(outcomes, [refused, refused])
    assert.equal(asked[0]?.url, `${base}/entries?include=receipt`)
    assert.deepEqual(asked[0]?.init.body, encodeBatch([statement, statement]))
  })

  it('sends the same bytes again after no answer, a broken one, 429 and 503', async () => {
    const first: Answer[] = [new TypeError('refused'), brokenOff(), problem(429, 'RATE_LIMITED')]
    for (const answer of [...first, problem(503, 'GATEWAY_DRAINING')]) {
      const { client, asked } = gateway(answer, ok({ outcomes: [refused] }))
      assert.deepEqual(await client.submit([statement]), [refused])
      assert.deepEqual(asked[1], {
        ...asked[0],
        init: { ...asked[0]?.init, signal: asked[1]?.init.signal },
      })
    }
  })

  it('gives up after the tries it was given, and says that the fate is unknown', async () => {
    const { client, asked } = gateway(new TypeError('a'), new TypeError('b'), new TypeError('c'))
    const expected = { code: 'GATEWAY_UNREACHABLE', retryable: true }
    await assert.rejects(client.submit([statement]), expected)
    assert.equal(asked.length, 3)
  })

  it('does not repeat what the gateway refused, and keeps its code', async () => {
    const { client, asked } = gateway(problem(413, 'BODY_TOO_LARGE'))
    const details = { status: 413 }
    await assert.rejects(client.submit([statement]), { code: 'BODY_TOO_LARGE', details })
    assert.equal(asked.length, 1)
  })

  it('stops at once when the caller does', async () => {
    const stop = new AbortController()
    const { client, asked } = gateway(async () => {
      stop.abort()
      throw new DOMException('aborted', 'AbortError')
    })
    await assert.rejects(client.submit([statement], { signal: stop.signal }), {
      name: 'AbortError',
    })
    assert.equal(asked.length, 1)
  })
})

describe('client and gateway', () => {
  it('disagree where an answer makes no sense', async () => {
    const answers = [
      new Response('<html>'),
      new Response(Uint8Array.of(0xff)),
      ok({}),
      ok({ outcomes: [] }),
      ok({ outcomes: [refused, refused] }),
      new Response('plain', { status: 500 }),
    ]
    for (const answer of answers) {
      const { client } = gateway(answer)
      await assert.rejects(client.submit([statement]), { code: 'GATEWAY_ANSWER_INVALID' })
    }
    for (const path of ['!', 'Zg==', 5]) {
      const { client } = gateway(ok({ path: [path] }))
      await assert.rejects(client.consistency(1, 2), { code: 'GATEWAY_ANSWER_INVALID' })
    }
  })

  it('meet at the addresses of the contract', async () => {
    const text = toBase64url(statement)
    const { client, asked } = gateway(
      ok({ index: 3, height: 1, time: 2, statement: text }),
      new Response('receipt'),
      ok({ entries: [], proven: false }),
      ok({ height: 5 }),
      ok({ height: 4 }),
      ok({ path: [text] }),
      ok({ key: 'service/a b' }),
      new Response('bundle'),
    )
    assert.deepEqual(await client.entry(3), { index: 3, height: 1, time: 2, statement })
    assert.deepEqual(await client.receipt(3), utf8('receipt'))
    await client.list({ service: 'flights', limit: 10, order: 'newest' })
    await client.checkpoint()
    await client.checkpoint(4)
    assert.deepEqual(await client.consistency(3, 9), [statement])
    await client.state('service/a b')
    assert.deepEqual(await client.keyBundle(), utf8('bundle'))
    const paths = [
      '/entries/3',
      '/entries/3/receipt',
      '/entries?service=flights&limit=10&order=newest',
      '/checkpoint',
      '/checkpoint?height=4',
      '/proofs/consistency?from=3&to=9',
      '/state?key=service%2Fa%20b',
      '/keys',
    ]
    assert.deepEqual(
      asked.map(({ url }) => url),
      paths.map((path) => base + path),
    )
    assert.deepEqual(asked[7]?.init.headers, { accept: 'application/cbor' })
  })
})
