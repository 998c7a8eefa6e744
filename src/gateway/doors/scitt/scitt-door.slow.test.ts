import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CodedError,
  fromBase64url,
  parseStatement,
  toTransparentStatement,
  verifyKeyBundle,
  verifyReceipts,
} from '@openbsn/sdk'
import { decode } from 'cborg'
import { testGateway, testStatement } from '../../../testing/gateway.ts'
import { codeEntry } from '../../concise-problem.ts'

type Parts = Awaited<ReturnType<typeof testGateway>>
type Answer = Awaited<ReturnType<typeof register>>

const cose = 'application/cose'

function register({ app }: Pick<Parts, 'app'>, bytes: Uint8Array, service = 'flights') {
  return app.inject({
    method: 'POST',
    url: `/scitt/${service}/entries`,
    headers: { 'content-type': cose, accept: 'application/cbor, application/cose' },
    payload: Buffer.from(bytes),
  })
}

/** An error answer, read with a CBOR library that is not ours. */
function problemOf(answer: Answer) {
  assert.equal(answer.headers['content-type'], 'application/concise-problem-details+cbor')
  const map: Map<unknown, unknown> = decode(answer.rawPayload, { useMaps: true })
  const entry = map.get(codeEntry)
  assert.ok(entry instanceof Map)
  assert.equal(typeof map.get(-2), 'string')
  return { status: answer.statusCode, title: map.get(-1), code: entry.get('code') }
}

/** Every answer of a ledger says which it is, and of which environment. */
function isNamed({ ledger }: Pick<Parts, 'ledger'>, { headers }: Pick<Answer, 'headers'>): void {
  const { 'x-bsn-ledger': named, 'x-bsn-environment': environment } = headers
  assert.deepEqual([named, environment], [ledger.id, 'live'])
}

function verified({ ledger }: Pick<Parts, 'ledger'>, statement: Uint8Array, receipt: Uint8Array) {
  const keys = verifyKeyBundle(ledger.keyBundle(), ledger.id)
  return verifyReceipts(statement, [receipt], keys)
}

describe('POST /scitt/{service}/entries', () => {
  it('answers 201 with the receipt, and again for the same bytes', async () => {
    const parts = await testGateway()
    const statement = await testStatement(parts.ledger, 'a')
    for (const round of [1, 2]) {
      const answer = await register(parts, statement)
      assert.equal(answer.statusCode, 201, `round ${round}`)
      assert.equal(answer.headers['content-type'], cose)
      assert.equal(answer.headers.location, `/scitt/flights/entries/${parts.ledger.id}-0`)
      isNamed(parts, answer)
      const link = `<${parts.base}/entries/0>; rel="describes"; type="application/cose"`
      assert.equal(answer.headers.link, link)
      assert.equal(verified(parts, statement, answer.rawPayload).index, 0)
    }
    assert.equal(parts.ledger.head.count, 1)
  })

  it('registers a transparent statement without its receipts', async () => {
    const parts = await testGateway()
    const statement = await testStatement(parts.ledger, 'a')
    const { rawPayload: receipt } = await register(parts, statement)
    const again = await register(parts, toTransparentStatement(statement, receipt))
    assert.equal(again.statusCode, 201)
    assert.deepEqual(again.rawPayload, receipt)
    const other = await testStatement(parts.ledger, 'b')
    const second = await register(parts, toTransparentStatement(other, receipt))
    assert.equal(verified(parts, other, second.rawPayload).index, 1)
  })

  it('says 200 where the act is registered with other bytes, and links them', async () => {
    const parts = await testGateway()
    const statement = await testStatement(parts.ledger, 'a')
    await register(parts, statement)
    const twin = statement.slice()
    twin.set(parseStatement(statement).signature.toReversed(), twin.length - 64)
    const answer = await register(parts, twin)
    assert.equal(answer.statusCode, 200)
    assert.equal(verified(parts, statement, answer.rawPayload).index, 0)
    const url = /<([^>]+)>/.exec(String(answer.headers.link))?.[1] ?? ''
    const registered = await parts.app.inject({ url, headers: { accept: cose } })
    assert.deepEqual(registered.rawPayload, Buffer.from(statement))
  })
})

describe('a receipt at /scitt/{service}/entries/{entry}', () => {
  it('is pending, then there, at the same place', async () => {
    const parts = await testGateway()
    parts.ledger.isSigning = false
    const statement = await testStatement(parts.ledger, 'a')
    const accepted = await register(parts, statement)
    assert.equal(accepted.statusCode, 202)
    assert.deepEqual([accepted.headers['retry-after'], accepted.rawPayload.length], ['1', 0])
    const url = String(accepted.headers.location)
    const pending = await parts.app.inject({ url })
    assert.equal(pending.statusCode, 204)
    isNamed(parts, pending)
    assert.equal(pending.headers['cache-control'], 'no-store')
    assert.equal(pending.headers['retry-after'], '1')
    parts.ledger.isSigning = true
    const ready = await parts.app.inject({ url, headers: { accept: cose } })
    assert.equal(ready.statusCode, 200)
    isNamed(parts, ready)
    assert.equal(ready.headers['content-type'], cose)
    assert.equal(ready.headers.location, url)
    assert.equal(verified(parts, statement, ready.rawPayload).index, 0)
  })

  it('is not found under another service, ledger or index, nor by a broken id', async () => {
    const parts = await testGateway()
    await register(parts, await testStatement(parts.ledger, 'a'))
    const { id } = parts.ledger
    const missing = [`trains/entries/${id}-0`, `flights/entries/${id}-1`]
    isNamed(parts, await parts.app.inject({ url: `/scitt/${missing[1]}` }))
    missing.push(`flights/entries/bsn1${'0'.repeat(40)}-0`)
    for (const path of missing) {
      const answer = problemOf(await parts.app.inject({ url: `/scitt/${path}` }))
      assert.deepEqual(answer, { status: 404, title: 'Not Found', code: 'ENTRY_NOT_FOUND' }, path)
    }
    for (const entry of ['0', `${id}-01`, `${id}--1`, `${id}-9999999999999999`, `${id}-1e3`]) {
      const answer = problemOf(await parts.app.inject({ url: `/scitt/flights/entries/${entry}` }))
      assert.equal(answer.status, 400, entry)
      assert.deepEqual([answer.title, answer.code], ['Invalid locator', 'LOCATOR_INVALID'])
    }
  })
})

describe('errors of the SCITT door', () => {
  it('are concise problem details with the titles of the draft', async () => {
    const parts = await testGateway()
    const { ledger } = parts
    const statement = await testStatement(ledger, 'a')
    const detached = [...statement.subarray(0, -68), 0xf6, ...statement.subarray(-66)]
    const elsewhere = await testStatement({ ...ledger, id: `bsn1${'0'.repeat(40)}` }, 'a')
    const unknown = statement.slice()
    unknown[6] = 0x20 // alg is -1.
    const cases: [Uint8Array, string, number, string, string][] = [
      [statement, 'trains', 400, 'Rejected', 'SERVICE_MISMATCH'],
      [elsewhere, 'flights', 400, 'Rejected', 'LEDGER_MISMATCH'],
      [Uint8Array.from(detached), 'flights', 400, 'Payload Missing', 'PAYLOAD_DETACHED'],
      [unknown, 'flights', 400, 'Bad Signature Algorithm', 'ALGORITHM_UNKNOWN'],
      [Uint8Array.of(1), 'flights', 400, 'Malformed request', 'STATEMENT_WRONG_TAG'],
      [new Uint8Array(), 'flights', 400, 'Malformed request', 'STATEMENT_WRONG_TAG'],
      [statement, 'bsn:members', 400, 'Malformed request', 'REQUEST_INVALID'],
    ]
    for (const [bytes, service, status, title, code] of cases) {
      const answer = await register(parts, bytes, service)
      assert.deepEqual(problemOf(answer), { status, title, code })
    }
    assert.equal(ledger.head.height, 0)
  })

  it('say when to come again, and why, while nothing can be decided', async () => {
    const parts = await testGateway()
    for (const code of ['LEDGER_NO_QUORUM', 'LEDGER_UNDECIDED', 'LEDGER_BUSY']) {
      const error = new CodedError(code, 'Too few answer.', { retryable: true })
      parts.ledger.submit = () => Promise.reject(error)
      const answer = await register(parts, await testStatement(parts.ledger, 'a'))
      assert.deepEqual(problemOf(answer), { status: 503, title: 'Not available', code })
      assert.ok(Number(answer.headers['retry-after']) >= 1, code)
      isNamed(parts, answer)
    }
  })

  it('include those that the framework finds, and the door that closes', async () => {
    const { app, drain } = await testGateway()
    const url = '/scitt/flights/entries'
    const headers = { 'content-type': 'application/json' }
    const json = problemOf(await app.inject({ method: 'POST', url, headers, payload: '{}' }))
    assert.deepEqual(json, {
      status: 415,
      title: 'Malformed request',
      code: 'CONTENT_TYPE_UNSUPPORTED',
    })
    const none = problemOf(await app.inject({ method: 'POST', url }))
    assert.equal(none.code, 'REQUEST_INVALID')
    assert.equal(problemOf(await app.inject({ url })).code, 'METHOD_NOT_ALLOWED')
    assert.equal(problemOf(await app.inject({ url: '/scitt' })).title, 'Not Found')
    const accept = { 'content-type': cose, accept: 'application/json' }
    const picky = { method: 'POST', url, headers: accept, payload: 'a' } as const
    assert.equal(problemOf(await app.inject(picky)).code, 'NOT_ACCEPTABLE')
    drain.begin()
    const closing = await app.inject({ url: '/.well-known/scitt-keys' })
    assert.equal(problemOf(closing).title, 'Not available')
    assert.equal(closing.headers['retry-after'], '1')
  })
})

describe('/.well-known/scitt-keys', () => {
  it('has the keys of receipts as a COSE Key Set, and each by its kid', async () => {
    const { app, ledger } = await testGateway()
    const accept = 'application/cbor'
    const all = await app.inject({ url: '/.well-known/scitt-keys', headers: { accept } })
    assert.equal(all.headers['content-type'], accept)
    const keys: Map<number, unknown>[] = decode(all.rawPayload, { useMaps: true })
    const [validator] = ledger.genesis.validators
    assert.ok(validator)
    const { kid, raw } = validator
    const wanted = { 1: 1, 2: Buffer.from(kid), 3: -8, '-1': 6, '-2': Buffer.from(raw) }
    const shown = keys.map((key) =>
      Object.fromEntries(
        [...key].map(([label, value]) => [
          label,
          value instanceof Uint8Array ? Buffer.from(value) : value,
        ]),
      ),
    )
    assert.deepEqual(shown, [wanted])
    const url = `/.well-known/scitt-keys/${Buffer.from(kid).toString('base64url')}`
    const one = await app.inject({ url, headers: { accept } })
    assert.equal(one.headers['content-type'], accept)
    assert.deepEqual(decode(one.rawPayload, { useMaps: true }), keys[0])
    assert.ok(fromBase64url(url.slice(-43)))
    const missing = await app.inject({ url: '/.well-known/scitt-keys/nobody' })
    assert.deepEqual(problemOf(missing), {
      status: 404,
      title: 'No such key',
      code: 'SCITT_KEY_NOT_FOUND',
    })
  })
})
