import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError, fromUtf8, parseStatement, verifyKeyBundle, verifyReceipts } from '@openbsn/sdk'
import { putCredential } from '../../../testing/access.ts'
import { bytesOf, testGatewayDeps } from '../../../testing/gateway.ts'
import { recordsGateway } from '../../../testing/records-gateway.ts'
import { Buckets } from '../../access/buckets.ts'

type Gateway = Awaited<ReturnType<typeof recordsGateway>>
type Answer = { statusCode: number; json(): { code: string; detail: string } }
const told = (answer: Answer) => [answer.statusCode, answer.json().code]
const size = ({ ledger }: Gateway) => ledger.head.firstIndex + ledger.head.count

function statementAt({ ledger }: Gateway, index: number) {
  const entry = ledger.entry(index)
  assert.ok(entry)
  return parseStatement(entry.statement)
}

describe('POST records, one', () => {
  it('says 201 with the place, then 200 with the same, and signs for the credential', async () => {
    const gateway = await recordsGateway()
    const { post, base } = gateway
    const body = { key: 'AA 1', value: { to: 'LAX', from: 'JFK' } }
    const first = await post(body, { key: 'k1' })
    assert.equal(first.statusCode, 201, first.body)
    assert.equal(first.headers.location, `${base}/entries/0`)
    assert.equal(first.headers['idempotency-key'], 'k1')
    const place = { index: 0, height: 1, time: 1_700_000_010, request: 'k1' }
    assert.deepEqual(first.json(), { outcome: 'appended', ...place })
    const again = await post({ value: { from: 'JFK', to: 'LAX' }, key: 'AA 1' }, { key: '"k1"' })
    assert.equal(again.statusCode, 200)
    assert.deepEqual(again.json(), { outcome: 'duplicate', ...place })
    const { claims, contentType, payload } = statementAt(gateway, 0)
    assert.equal(fromUtf8(payload), '{"from":"JFK","to":"LAX"}')
    assert.equal(contentType, 'application/json')
    const { iss, sub, credential, key } = claims
    assert.deepEqual([iss, sub, credential, key], ['founder', 'flights', 'c1', 'AA 1'])
  })

  it('takes any JSON value and a type of its own; without a key each is a new act', async () => {
    const gateway = await recordsGateway()
    for (const value of [null, 0, false, '', [], {}]) {
      const answer = await gateway.post({ value })
      assert.equal(answer.statusCode, 201, answer.body)
      assert.match(String(answer.headers['idempotency-key']), /^[0-9a-f-]{36}$/)
      assert.equal(answer.json().request, answer.headers['idempotency-key'])
    }
    await gateway.post({ value: 0, contentType: 'application/vnd.shop+json' })
    assert.equal(size(gateway), 7)
    assert.equal(statementAt(gateway, 6).contentType, 'application/vnd.shop+json')
  })

  it('refuses another record under the same key, of this credential alone', async () => {
    const gateway = await recordsGateway()
    await gateway.post({ key: 'a', value: 1 }, { key: 'k' })
    const others = [
      { key: 'a', value: 2 },
      { key: 'b', value: 1 },
      { value: 1 },
      { key: 'a', value: 1, contentType: 'text/plain' },
      { records: [{ key: 'a', value: 1 }] },
    ]
    for (const body of others) {
      const answer = await gateway.post(body, { key: 'k' })
      assert.deepEqual(told(answer), [422, 'IDEMPOTENCY_KEY_REUSED'])
    }
    assert.equal(
      (await gateway.post({ key: 'a', value: 2 }, { as: 'c2', key: 'k' })).statusCode,
      201,
    )
    assert.equal((await gateway.post({ value: 2 }, { as: 's1', key: 'k' })).statusCode, 201)
    assert.equal(size(gateway), 3)
  })

  it('gives a receipt that verifies, or says that it is pending', async () => {
    const { post, ledger } = await recordsGateway()
    const answer = (await post({ value: 1 }, { query: '?include=receipt' })).json()
    const keys = verifyKeyBundle(ledger.keyBundle(), ledger.id)
    const receipts = [bytesOf(answer.receipt)]
    assert.equal(verifyReceipts(bytesOf(answer.statement), receipts, keys).index, answer.index)
    ledger.isSigning = false
    const next = await post({ value: 2 }, { query: '?include=receipt' })
    assert.equal(next.json().receipt, 'pending')
  })
})

describe('POST records, many', () => {
  it('has an outcome for each, and one effect for each row however often it comes', async () => {
    const gateway = await recordsGateway()
    const large = { value: 'x'.repeat(65_536) }
    const body = { records: [{ value: 1 }, large, { key: 'b', value: 2 }, { value: 1 }] }
    const first = await gateway.post(body, { key: 'batch', query: '?include=receipt' })
    assert.equal(first.statusCode, 200)
    const outcomes = first.json().outcomes
    assert.deepEqual(
      outcomes.map(({ outcome, index, code }: Record<string, unknown>) => [outcome, index ?? code]),
      [
        ['appended', 0],
        ['refused', 'STATEMENT_PAYLOAD_TOO_LARGE'],
        ['appended', 1],
        ['appended', 2],
      ],
    )
    assert.ok(outcomes[0].receipt && outcomes[0].statement)
    const again = (await gateway.post(body, { key: 'batch' })).json()
    assert.equal(again.request, 'batch')
    assert.deepEqual(again.outcomes[2], {
      outcome: 'duplicate',
      index: 1,
      height: 1,
      time: 1_700_000_010,
    })
    const [row] = (await gateway.post({ records: [{ value: 7 }] }, { key: 'batch' })).json()
      .outcomes
    assert.equal(row.code, 'IDEMPOTENCY_KEY_REUSED')
    const single = await gateway.post({ value: 1 }, { key: 'batch' })
    assert.deepEqual(told(single), [422, 'IDEMPOTENCY_KEY_REUSED'])
    assert.equal(size(gateway), 3)
  })

  it('names what is wrong with a body, and takes nothing of it', async () => {
    const gateway = await recordsGateway()
    const many = Array.from({ length: 10_001 }, () => ({ value: 0 }))
    const cases: [unknown, string, RegExp][] = [
      [{}, 'REQUEST_INVALID', /value/],
      [{ key: 'a' }, 'REQUEST_INVALID', /value/],
      [{ value: 1, credential: 'c2' }, 'REQUEST_INVALID', /unknown field "credential"/],
      [{ records: [] }, 'REQUEST_INVALID', /records/],
      [{ records: [{ value: 1 }], value: 1 }, 'REQUEST_INVALID', /records/],
      [{ records: [{ key: 'a' }] }, 'REQUEST_INVALID', /records\/0.*value/],
      [{ records: [{ value: 1, iss: 'x' }] }, 'REQUEST_INVALID', /unknown field "iss"/],
      [{ key: '', value: 1 }, 'REQUEST_INVALID', /key/],
      [{ key: 7, value: 1 }, 'REQUEST_INVALID', /key/],
      [{ key: 'ä'.repeat(200), value: 1 }, 'STATEMENT_FIELD_INVALID', /key/],
      [{ records: many }, 'BATCH_TOO_LARGE', /10000/],
      [{ value: Array.from({ length: 500_000 }, () => 0) }, 'JSON_TOO_MANY_VALUES', /500000/],
    ]
    for (const [body, code, detail] of cases) {
      const answer = await gateway.post(body)
      assert.equal(answer.json().code, code, answer.body)
      assert.match(answer.json().detail, detail)
    }
    assert.equal(size(gateway), 0)
  })
})

describe('a key of POST records', () => {
  it('is of one record or of many, whatever became of the first row', async () => {
    const gateway = await recordsGateway()
    const { post, ledger } = gateway
    const large = { value: 'x'.repeat(65_536) }
    await post({ records: [large, { value: 1 }] }, { key: 'first-refused' })
    const single = await post({ value: 2 }, { key: 'first-refused' })
    assert.deepEqual(told(single), [422, 'IDEMPOTENCY_KEY_REUSED'])
    const held = Promise.withResolvers<void>()
    ledger.gate = held.promise
    const bodies = [{ records: [{ value: 3 }, { value: 4 }] }, { value: 3 }]
    const firsts = bodies.map((body, i) => post(body, { key: `both-${i}` }))
    await new Promise((resolve) => setTimeout(resolve, 50))
    for (const [i, body] of bodies.toReversed().entries()) {
      const answer = await post(body, { key: `both-${i}` })
      assert.deepEqual(told(answer), [422, 'IDEMPOTENCY_KEY_REUSED'], `${i}`)
    }
    held.resolve()
    assert.deepEqual(
      (await Promise.all(firsts)).map(({ statusCode }) => statusCode),
      [200, 201],
    )
    assert.equal(size(gateway), 4)
    // A single one that was refused leaves the key as it was.
    await post(large, { key: 'refused' })
    assert.equal((await post({ records: [{ value: 5 }] }, { key: 'refused' })).statusCode, 200)
    assert.equal(size(gateway), 5)
  })
})

describe('POST records, over the limit', () => {
  it('counts every record of a batch, and takes as many as the limit leaves', async () => {
    const gateway = await recordsGateway()
    const { post, ledger } = gateway
    putCredential(ledger, 'c1', { perSecond: 3 })
    const records = Array.from({ length: 5 }, (_, i) => ({ value: i }))
    const answer = await post({ records }, { key: 'k' })
    const results = answer
      .json()
      .outcomes.map((one: { outcome: string; code?: string }) => one.code ?? one.outcome)
    const [taken, refused] = ['appended', 'RATE_LIMITED']
    assert.deepEqual(results, [taken, taken, taken, refused, refused])
    assert.equal(answer.headers['x-ratelimit-remaining-second'], '0')
    assert.equal(size(gateway), 3)
    const next = await post({ value: 1 })
    assert.deepEqual([...told(next), next.headers['retry-after']], [429, 'RATE_LIMITED', '1'])
  })
})

describe('POST records, more than a limit allows', () => {
  const counted = (answer: { json(): { outcomes: { outcome: string; code?: string }[] } }) => {
    const counts: Record<string, number> = {}
    for (const { outcome, code } of answer.json().outcomes) {
      const name = code ?? outcome
      counts[name] = (counts[name] ?? 0) + 1
    }
    return counts
  }
  const batchOf = (count: number) => ({
    records: Array.from({ length: count }, (_, i) => ({ value: i })),
  })

  it('is complete after enough repeats: rows that are registered do not count', async () => {
    const clock = { ms: 0 }
    const parts = testGatewayDeps()
    const buckets = new Buckets({ nowMs: () => clock.ms })
    const gateway = await recordsGateway({ ...parts, deps: { ...parts.deps, buckets } })
    putCredential(gateway.ledger, 'c1', { perSecond: 10 })
    const send = async (again = batchOf(25)) => counted(await gateway.post(again, { key: 'k' }))
    assert.deepEqual(await send(), { appended: 10, RATE_LIMITED: 15 })
    clock.ms += 1000
    assert.deepEqual(await send(), { duplicate: 10, appended: 10, RATE_LIMITED: 5 })
    assert.equal((await gateway.post({ value: 1 })).statusCode, 429, 'new rows are counted')
    clock.ms += 1000
    assert.deepEqual(await send(), { duplicate: 20, appended: 5 })
    clock.ms += 1000
    assert.deepEqual(await send(), { duplicate: 25 })
    // Repeats are no way around the limit: each request counts as one.
    const again = Array.from({ length: 12 }, () => gateway.post(batchOf(25), { key: 'k' }))
    const refused = (await Promise.all(again)).filter(({ statusCode }) => statusCode === 429)
    assert.equal(refused.length, 3)
    assert.equal(size(gateway), 25)
  })

  it('looks no row up while the limit is not reached', async () => {
    const parts = testGatewayDeps()
    const gateway = await recordsGateway(parts)
    const { findAct } = parts.ledger
    let looks = 0
    parts.ledger.findAct = (identity) => {
      looks++
      return findAct(identity)
    }
    putCredential(parts.ledger, 'c1', { perSecond: 10 })
    await gateway.post(batchOf(10))
    assert.equal(looks, 1)
  })

  it('says what the day has left after the write, and when it ends', async () => {
    const gateway = await recordsGateway()
    const { post, ledger } = gateway
    putCredential(ledger, 'c1', { perSecond: 100, writesPerDay: 10 })
    const day = Math.floor(1_700_000_500 / 86_400)
    const { submit } = ledger
    ledger.submit = async (statements) => {
      const used = ledger.recordsByDay.get(`c1 ${day}`) ?? 0
      if (used + statements.length > 10) {
        const detail = 'The test says so.'
        return statements.map(() => ({ outcome: 'refused', code: 'QUOTA_EXCEEDED', detail }))
      }
      ledger.recordsByDay.set(`c1 ${day}`, used + statements.length)
      return submit(statements)
    }
    const left = ({ headers }: Awaited<ReturnType<typeof post>>) =>
      [headers['x-ratelimit-remaining-day'], headers['ratelimit-remaining']].map(Number)
    const first = await post({ value: 1 })
    assert.deepEqual([first.statusCode, ...left(first)], [201, 9, 9])
    assert.deepEqual(left(await post(batchOf(9))), [0, 0])
    const spent = await post({ value: 1 })
    assert.deepEqual(told(spent), [429, 'QUOTA_EXCEEDED'])
    const reset = String(86_400 - (1_700_000_500 % 86_400))
    assert.equal(spent.headers['retry-after'], reset)
    assert.equal(spent.headers['ratelimit-reset'], reset)
  })
})

describe('POST records, who and when', () => {
  it('is for credentials of the service alone', async () => {
    const { post, app, base } = await recordsGateway()
    assert.deepEqual(told(await post({ value: 1 }, { as: null })), [401, 'AUTHENTICATION_REQUIRED'])
    const url = `${base}/services/bsn:credentials/records`
    const headers = { 'content-type': 'application/json' }
    const odd = await app.inject({ method: 'POST', url, headers, payload: '{"value":1}' })
    assert.deepEqual(told(odd), [401, 'AUTHENTICATION_REQUIRED'])
    const bad = await post({ value: 1 }, { key: 'a b' })
    assert.deepEqual(told(bad), [400, 'IDEMPOTENCY_KEY_INVALID'])
  })

  it('tells not sent and fate unknown apart, and names the key to ask with', async () => {
    const gateway = await recordsGateway()
    const { post, ledger, get } = gateway
    const { submit } = ledger
    const faults = {
      ...{ LEDGER_BUSY: 'CALL_NOT_SENT', LEDGER_STOPPED: 'CALL_FATE_UNKNOWN' },
      ...{ LEDGER_NO_QUORUM: 'CALL_NOT_SENT', LEDGER_UNDECIDED: 'CALL_FATE_UNKNOWN' },
    }
    for (const [code, wanted] of Object.entries(faults)) {
      const isSent = wanted === 'CALL_FATE_UNKNOWN'
      ledger.submit = async (statements) => {
        if (isSent) await submit(statements)
        throw new CodedError(code, 'The test says so.')
      }
      const answer = await post({ value: code })
      assert.deepEqual(told(answer), [503, wanted])
      assert.match(answer.json().detail, /The test says so\./)
      assert.equal(answer.headers['retry-after'], '1')
      ledger.submit = submit
      const key = String(answer.headers['idempotency-key'])
      const { state } = (await get(`/services/flights/requests/${key}`, {})).json()
      assert.equal(state, isSent ? 'committed' : 'not_sent')
      const again = await post({ value: code }, { key })
      assert.equal(again.statusCode, isSent ? 200 : 201)
    }
    assert.equal(size(gateway), 4)
  })
})
