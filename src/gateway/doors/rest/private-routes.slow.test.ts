import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import {
  CodedError,
  canonicalJson,
  fromUtf8,
  parseStatement,
  privatePayloadType,
  verifyPrivatePayload,
} from '@openbsn/sdk'
import {
  openPrivatePayloads,
  privateOptions,
} from '../../../compliance/private-payloads/private-payloads.ts'
import {
  createPrivateRecords,
  erasureType,
} from '../../../compliance/private-payloads/private-records.ts'
import { createKeyEncryption } from '../../../crypto/key-encryption.ts'
import { whyNotWritten } from '../../../services/why-not-written.ts'
import { putCredential } from '../../../testing/access.ts'
import { testFolder } from '../../../testing/folder.ts'
import { bytesOf, testGatewayDeps } from '../../../testing/gateway.ts'
import type { MemoryLedger } from '../../../testing/memory-ledger.ts'
import { recordsGateway } from '../../../testing/records-gateway.ts'

/** A gateway that keeps private payloads in a folder of the test's. */
async function begin(t: TestContext) {
  const folder = testFolder()
  const { deps, ...parts } = testGatewayDeps()
  const [served] = deps.ledgers
  const framework = served?.frameworks.get('records')
  assert.ok(served && framework)
  const { clock } = deps
  const kek = createKeyEncryption(randomBytes(32))
  const payloads = openPrivatePayloads(privateOptions(folder.path), {
    kek,
    clock,
    onFailure: (error) => assert.fail(error),
  })
  const { ledger } = served
  const privateRecords = createPrivateRecords({
    ...{ ledger, framework, payloads },
    whyNotRecorded: (record) =>
      whyNotWritten(ledger, { ...record, operator: 'founder', time: clock.nowSeconds() }),
  })
  const frameworks = new Map([['records', privateRecords.framework]])
  const ledgers = [{ ...served, frameworks, privateRecords }]
  const gateway = await recordsGateway({ ...parts, deps: { ...deps, ledgers } })
  const named = { operators: ['founder'] }
  for (const id of ['c1', 'c2']) putCredential(gateway.ledger, id, named)
  putCredential(gateway.ledger, 's1', { ...named, service: 'secret' })
  t.after(async () => {
    await gateway.app.close()
    await payloads.close()
    folder.remove()
  })
  const statementAt = (index: number) => {
    const entry = gateway.ledger.entry(index)
    return parseStatement(entry?.statement ?? new Uint8Array())
  }
  const erase = (subject: string, as = 'c1', service = 'flights') =>
    gateway.call('DELETE', `/services/${service}/subjects/${encodeURIComponent(subject)}`, { as })
  return { ...gateway, payloads, privateRecords, statementAt, erase }
}

function fail(ledger: MemoryLedger, code: string): void {
  ledger.gate = Promise.reject(new CodedError(code, 'As the test wants it.'))
  ledger.gate.catch(() => undefined)
}

const records = '/services/flights/records'
const ada = { subject: 'customer 4711' }
const value = { seat: '1A', name: 'Ada' }
const told = (answer: { statusCode: number; json(): { code?: string } }) => [
  answer.statusCode,
  answer.json().code,
]

describe('a private record', () => {
  it('shows a commitment, and is given back to who may read, with what checks it', async (t) => {
    const { post, get, statementAt } = await begin(t)
    const sent = { key: 'AA 1', value, private: ada }
    const first = await post(sent, { key: 'k1' })
    assert.equal(first.statusCode, 201, first.body)
    const { contentType, payload } = statementAt(0)
    assert.equal(contentType, privatePayloadType)
    assert.match(fromUtf8(payload) ?? '', /^"[\w-]{43}"$/)
    assert.deepEqual(told(await post(sent, { key: 'k1' })), [200, undefined])
    for (const path of [`${records}/AA%201`, records, `${records}/AA%201/history`]) {
      const answer = (await get(path, { as: 'c2' })).json()
      const { records: [record = answer] = [] } = answer
      assert.deepEqual([record.value, record.private], [value, true], path)
      assert.equal(record.contentType, 'application/json')
      // Anyone reads the service, and sees what is on the ledger.
      const open = (await get(path)).body
      assert.ok(open.includes(privatePayloadType) && !open.includes('Ada'), open)
    }
    const opened = (await get('/services/flights/private/0', { as: 'c1' })).json()
    const { salt, contentType: type } = opened
    assert.equal(fromUtf8(bytesOf(opened.payload)), canonicalJson(value))
    verifyPrivatePayload(payload, {
      salt: bytesOf(salt),
      contentType: type,
      payload: bytesOf(opened.payload),
    })
  })

  it('is of its service and its act alone, whoever shows the same commitment', async (t) => {
    const { post, get, statementAt } = await begin(t)
    await post({ value, private: ada })
    const shown = fromUtf8(statementAt(0).payload) ?? ''
    const copy = { key: 'c', value: JSON.parse(shown), contentType: privatePayloadType }
    assert.equal((await post(copy, { as: 's1' })).statusCode, 201)
    const found = await get('/services/secret/records/c', { as: 's1' })
    assert.deepEqual(found.json().value, JSON.parse(shown))
    const notFound = [404, 'PRIVATE_PAYLOAD_NOT_FOUND']
    for (const index of [0, 1, 9]) {
      const path = `/services/secret/private/${index}`
      assert.deepEqual(told(await get(path, { as: 's1' })), notFound, path)
    }
    assert.deepEqual(told(await get('/services/flights/private/1', { as: 'c1' })), notFound)
    const bad = await get('/services/flights/private/x', { as: 'c1' })
    assert.deepEqual(told(bad), [400, 'REQUEST_INVALID'])
    const open = await get('/services/flights/private/0')
    assert.deepEqual(told(open), [401, 'AUTHENTICATION_REQUIRED'])
    const foreign = await get('/services/flights/private/0', { as: 's1' })
    assert.equal(foreign.statusCode, 403)
    const writer = await get('/services/secret/private/0', { as: 's2' })
    assert.deepEqual(told(writer), [403, 'SCOPE_MISSING'])
  })

  it('comes in batches too, with others between; the same key has one value', async (t) => {
    const { post, get } = await begin(t)
    const some = [
      { value: 0 },
      { value: 1, private: ada },
      { value: 2 },
      { value: 3, private: ada },
    ]
    const batch = await post({ records: some }, { key: 'b' })
    const places = batch.json().outcomes.map(({ index }: { index: number }) => index)
    assert.deepEqual(places, [0, 1, 2, 3])
    const listed = (await get(records, { as: 'c1' })).json().records
    assert.deepEqual(
      listed.map((one: { value: number }) => one.value),
      [0, 1, 2, 3],
    )
    const again = (await post({ records: some }, { key: 'b' })).json().outcomes
    assert.ok(again.every((one: { outcome: string }) => one.outcome === 'duplicate'))
    const other = { records: [...some.slice(0, 3), { value: 4, private: ada }] }
    const [, same, , differs] = (await post(other, { key: 'b' })).json().outcomes
    assert.deepEqual([same.outcome, differs.code], ['duplicate', 'IDEMPOTENCY_KEY_REUSED'])
    for (const wrong of [{}, { subject: '' }, { subject: 'a', more: 1 }, 'a']) {
      const refused = await post({ value, private: wrong })
      assert.deepEqual(told(refused), [400, 'REQUEST_INVALID'])
    }
    const large = await post({ value: 'x'.repeat(70_000), private: ada })
    assert.deepEqual(told(large), [413, 'STATEMENT_PAYLOAD_TOO_LARGE'])
  })
})

describe('DELETE subjects', () => {
  it('erases, answers 410 from then on, and leaves a record that names nobody', async (t) => {
    const { post, get, erase, statementAt, payloads } = await begin(t)
    const sent = { key: 'AA 1', value, private: ada }
    await post(sent, { key: 'k1' })
    await post({ key: 'AA 2', value, private: { subject: 'another' } })
    await post({ key: 'AA 1', value, private: ada })
    const erased = await erase(ada.subject)
    assert.deepEqual([erased.json().erased, erased.json().index], [2, 3], erased.body)
    const { contentType, payload, claims } = statementAt(3)
    assert.deepEqual([contentType, claims.sub, claims.credential], [erasureType, 'flights', 'c1'])
    const time = 1_700_000_500
    assert.deepEqual(JSON.parse(fromUtf8(payload) ?? ''), { erased: 2, time })
    assert.deepEqual(payloads.unrecorded(), [])
    const gone = [410, 'ERASED']
    assert.deepEqual(told(await get('/services/flights/private/0', { as: 'c1' })), gone)
    assert.deepEqual(told(await get(`${records}/AA%201`, { as: 'c1' })), gone)
    const history = (await get(`${records}/AA%201/history`, { as: 'c1' })).json().records
    const expected = { private: true, erased: time, contentType: privatePayloadType }
    for (const { private: isPrivate, erased: when, contentType: type, value: left } of history) {
      assert.deepEqual({ private: isPrivate, erased: when, contentType: type }, expected)
      assert.equal(left, undefined)
    }
    assert.deepEqual((await get(`${records}/AA%202`, { as: 'c1' })).json().value, value)
    // The entry is proven as before; a retry finds it, and brings nothing back.
    assert.equal((await get('/entries/0/receipt')).statusCode, 200)
    const again = await post(sent, { key: 'k1' })
    assert.deepEqual([again.statusCode, again.json().index], [200, 0])
    assert.deepEqual(told(await get('/services/flights/private/0', { as: 'c1' })), gone)
    assert.deepEqual((await erase(ada.subject)).json(), { erased: 0 })
  })

  it('is for who may write the service, and of that service', async (t) => {
    const { post, erase } = await begin(t)
    await post({ value, private: ada })
    assert.equal((await erase(ada.subject, 's1')).statusCode, 403)
    const elsewhere = await erase(ada.subject, 's1', 'secret')
    assert.deepEqual(elsewhere.json(), { erased: 0 })
    assert.equal((await erase(ada.subject, 'c2')).json().erased, 1)
  })

  it('is recorded once, also where the ledger was busy at first', async (t) => {
    const { post, erase, ledger, privateRecords, payloads } = await begin(t)
    await post({ value, private: ada })
    fail(ledger, 'LEDGER_BUSY')
    assert.deepEqual((await erase(ada.subject)).json(), { erased: 1 })
    assert.equal(payloads.unrecorded().length, 1)
    ledger.gate = Promise.resolve()
    const size = () => ledger.head.firstIndex + ledger.head.count
    const before = size()
    await privateRecords.recordErasures()
    await privateRecords.recordErasures()
    assert.equal(size(), before + 1)
    assert.deepEqual(payloads.unrecorded(), [])
  })

  it('leaves no way back for a write that never came to the ledger', async (t) => {
    const { post, erase, ledger } = await begin(t)
    const sent = { value, private: ada }
    fail(ledger, 'LEDGER_STOPPED')
    assert.equal((await post(sent, { key: 'lost' })).statusCode, 503)
    ledger.gate = Promise.resolve()
    assert.equal((await erase(ada.subject)).json().erased, 1)
    assert.deepEqual(told(await post(sent, { key: 'lost' })), [410, 'ERASED'])
  })
})

describe('an erasure that the ledger would not record', () => {
  it('destroys nothing, and says why', async (t) => {
    const { post, get, erase, ledger, payloads } = await begin(t)
    await post({ value, private: ada })
    const today = Math.floor(1_700_000_500 / 86_400)
    ledger.recordsByDay.set(`c2 ${today}`, 5)
    const cases = [
      [{ operators: [] }, 403, 'NOT_ALLOWED'],
      [{ operators: ['founder'], writesPerDay: 5 }, 429, 'QUOTA_EXCEEDED'],
    ] as const
    for (const [fields, status, code] of cases) {
      putCredential(ledger, 'c2', { ...fields, operators: [...fields.operators] })
      assert.deepEqual(told(await erase(ada.subject, 'c2')), [status, code])
      assert.equal((await get('/services/flights/private/0', { as: 'c1' })).statusCode, 200, code)
    }
    assert.deepEqual(payloads.unrecorded(), [])
    assert.equal((await erase(ada.subject)).json().erased, 1)
  })
})

it('a node that keeps none says so', async () => {
  const { get } = await recordsGateway()
  const answer = await get('/services/flights/private/0', { as: 'c1' })
  assert.deepEqual(told(answer), [404, 'PRIVATE_PAYLOAD_NOT_FOUND'])
})
