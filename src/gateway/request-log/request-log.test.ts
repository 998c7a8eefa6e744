import assert from 'node:assert/strict'
import type { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { putCredential } from '../../testing/access.ts'
import { testGatewayDeps } from '../../testing/gateway.ts'
import { openGatewayDatabase } from '../gateway-database.ts'
import type { Asker, LogFilter } from './logged-request.ts'
import { createRequestLog, type LogQuery, logRates, type Noted } from './request-log.ts'

/** Bounds are reached in fewer seconds. */
const quickly = { good: 500, refused: 500, all: 2000, each: 0 }

/** A log with a clock that tests move, over a ledger with the credential `c1` of `flights`. */
function scene(
  t: TestContext,
  database: DatabaseSync = openGatewayDatabase(':memory:'),
  rates = quickly,
) {
  const { deps, ledger, lines } = testGatewayDeps()
  const [served] = deps.ledgers
  assert.ok(served)
  putCredential(ledger, 'c1')
  const clock = { now: 1_800_000_000, nowSeconds: () => clock.now }
  const log = createRequestLog({ database, clock, logger: deps.logger }, rates)
  t.after(() => log.close())
  let count = 0
  type More = { readonly service?: string; readonly status?: number } & Partial<Asker>
  const note = (more: Partial<Noted> & More = {}) => {
    const { service = 'flights', status = 200, caller, ...rest } = more
    const asker = { served, caller: caller ?? { credential: 'c1', service } }
    const id = `r${count++}`
    log.note(asker, status, () => ({ id, method: 'GET', url: '/x', ms: 1.26, ...rest }))
  }
  const place = (service = 'flights') => ({ ledger: ledger.id, service })
  const list = (query: Partial<LogQuery> = {}, filter: LogFilter = {}, service = 'flights') =>
    log.list(place(service), filter, { limit: 100, ...query })
  const ids = (...asked: Parameters<typeof list>) => list(...asked).requests.map(({ id }) => id)
  return { database, ledger, clock, log, note, list, ids, place, lines }
}

const countOf = (database: DatabaseSync) =>
  Number(database.prepare('SELECT count(*) AS count FROM request_log').get()?.count)

describe('the request log', () => {
  it('tells the newest first, page by page, and follows without a gap', (t) => {
    const { note, list, ids } = scene(t)
    for (let i = 0; i < 5; i++) note()
    assert.deepEqual(ids(), ['r4', 'r3', 'r2', 'r1', 'r0'])
    const first = list({ limit: 2 })
    assert.deepEqual(
      first.requests.map(({ id }) => id),
      ['r4', 'r3'],
    )
    assert.deepEqual(ids({ limit: 2, before: first.end }), ['r2', 'r1'])
    const last = list({ limit: 2, before: list({ limit: 2, before: first.end }).end })
    assert.deepEqual([last.requests.length, last.end], [1, undefined])
    for (let i = 0; i < 3; i++) note()
    const more = list({ after: first.newest, limit: 2 })
    assert.deepEqual(
      more.requests.map(({ id }) => id),
      ['r5', 'r6'],
    )
    assert.deepEqual(ids({ after: more.newest, limit: 2 }), ['r7'])
    const { newest } = list({ after: more.newest })
    assert.deepEqual([ids({ after: newest }), list({ after: newest }).newest], [[], newest])
  })

  it('filters by each of its parts', (t) => {
    const { note, ids, clock } = scene(t)
    note({ status: 404, code: 'ENTRY_NOT_FOUND', url: '/entries/7?x=1' })
    note({ status: 503, method: 'POST' })
    clock.now += 10
    note({ id: 'own' })
    assert.deepEqual(ids({}, { status: { from: 400, to: 499 } }), ['r0'])
    assert.deepEqual(ids({}, { code: 'ENTRY_NOT_FOUND' }), ['r0'])
    assert.deepEqual(ids({}, { path: 's/7?' }), ['r0'])
    assert.deepEqual(ids({}, { path: '%' }), [])
    assert.deepEqual(ids({}, { method: 'POST' }), ['r1'])
    assert.deepEqual(ids({}, { id: 'own' }), ['own'])
    assert.deepEqual(ids({}, { credential: 'c2' }), [])
    assert.deepEqual(ids({}, { from: clock.now }), ['own'])
    assert.deepEqual(ids({}, { to: clock.now }), ['r1', 'r0'])
  })
})

describe('what is looked at in the request log', () => {
  it('is no more than 2,000 for one page, which says where to go on', (t) => {
    const { note, list, clock } = scene(t)
    note({ status: 404 })
    for (let i = 0; i < 4500; i++) {
      if (i % 450 === 0) clock.now++
      note()
    }
    const refused = { status: { from: 404, to: 404 } }
    let pages = 0
    let found = 0
    for (let before: number | undefined; ; pages++) {
      const page = list({ before }, refused)
      found += page.requests.length
      if (page.end === undefined) break
      before = page.end
    }
    assert.deepEqual([pages, found], [2, 1])
    const up = list({ after: 0 }, refused)
    assert.equal(up.requests.length, 1)
    const next = list({ after: up.newest })
    assert.equal(next.requests[0]?.id, 'r2000')
  })

  it('is what one service has, apart from all others', (t) => {
    const { note, ids, list } = scene(t)
    note()
    note({ service: 'sensors' })
    assert.deepEqual([ids(), ids({}, {}, 'sensors'), ids({}, {}, 'none')], [['r0'], ['r1'], []])
    // Numbers say nothing of how much others ask.
    const of = (service: string) => list({}, {}, service).requests[0]?.number
    assert.equal(of('flights'), of('sensors'))
  })

  it('is of its own credentials alone, for a participant', (t) => {
    const { note, ledger, log, place } = scene(t)
    putCredential(ledger, 'p1', { participant: 'bank' })
    note()
    note({ caller: { credential: 'p1', service: 'flights' } })
    const ids = (participant?: string) =>
      log
        .list({ ...place(), participant }, {}, { limit: 9 })
        .requests.map(({ id, participant: of }) => [id, of])
    assert.deepEqual(ids('bank'), [['r1', 'bank']])
    assert.deepEqual(ids('other'), [])
    assert.equal(ids().length, 2)
  })
})

describe('the bounds of the request log', () => {
  it('are ten thousand for each service, whatever others do', (t) => {
    const { note, log, list, clock, database, place } = scene(t)
    note({ service: 'quiet' })
    for (let i = 0; i < 11_600; i++) {
      if (i % 500 === 0) clock.now++
      note()
      if (i % 3000 === 0) list({ limit: 1 })
    }
    const [newest] = list({ limit: 1 }).requests
    const kept = Number(
      database.prepare("SELECT count(*) AS n FROM request_log WHERE service = 'flights'").get()?.n,
    )
    assert.ok(kept >= 10_000 && kept <= 10_500, String(kept))
    assert.equal(newest?.id, 'r11600')
    assert.equal(log.list(place('quiet'), {}, { limit: 9 }).requests.length, 1)
  })

  it('are seven days, also where nothing comes any more and over a restart', (t) => {
    const before = scene(t)
    before.note()
    before.clock.now += 7 * 86_400
    assert.equal(before.ids().length, 1)
    before.clock.now += 1
    assert.equal(before.ids().length, 0)
    before.note()
    before.log.close()
    assert.equal(countOf(before.database), 2)
    const { database } = before
    const { clock } = before
    const later = createRequestLog({ database, clock, logger: { error: () => assert.fail() } })
    t.after(() => later.close())
    assert.equal(countOf(database), 1)
  })

  it('go on counting where they were, also when the clock was set back', (t) => {
    const before = scene(t)
    before.note()
    const [old] = before.list().requests
    before.log.close()
    const after = scene(t, before.database)
    after.clock.now -= 100
    after.note({ id: 'newer' })
    const rows = after.log.list(before.place(), {}, { limit: 9 }).requests
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['newer', 'r0'],
    )
    assert.ok((rows[0]?.number ?? 0) > (old?.number ?? 0))
  })
})

describe('what is too much for the request log', () => {
  it('is more than 50 good and 50 refused in a second: that is counted', (t) => {
    const { note, list, clock, database } = scene(t, undefined, logRates)
    for (let i = 0; i < 1500; i++) note()
    for (let i = 0; i < 1500; i++) note({ status: 400 })
    clock.now++
    note()
    const { requests } = list({ limit: 2 })
    const found = database
      .prepare('SELECT count(*) AS n FROM request_log GROUP BY status ORDER BY status')
      .all()
    assert.deepEqual(
      found.map(({ n }) => n),
      [51, 50],
    )
    assert.deepEqual([requests[0]?.skipped, requests[1]?.skipped], [1450, undefined])
  })

  it('is never the first two of a service in a second, however loud the others are', (t) => {
    const { note, list, ids } = scene(t, undefined, logRates)
    for (const service of ['loud', 'louder', 'loudest']) {
      for (let i = 0; i < 100; i++) note({ service, status: i % 2 ? 200 : 400 })
    }
    for (const id of ['a', 'b', 'c']) note({ id })
    assert.deepEqual(ids(), ['b', 'a'])
    assert.equal(list({}, {}, 'loudest').requests.length, 2)
  })

  it('is whatever comes while the disk takes nothing: nothing is gathered for it', (t) => {
    const { note, ids, list, database, lines } = scene(t)
    note()
    database.exec('PRAGMA query_only = ON')
    assert.deepEqual(ids(), [])
    for (let i = 0; i < 100; i++) note()
    database.exec('PRAGMA query_only = OFF')
    assert.deepEqual(ids(), ['r0'])
    note({ id: 'again' })
    assert.deepEqual(ids(), ['again', 'r0'])
    assert.equal(list().requests.length, 2)
    assert.match(lines.join('\n'), /store\.failed/)
  })
})

describe('what is told of a request', () => {
  it('are its parts, without secrets, and what JSON-RPC refuses inside', (t) => {
    const { note, list, clock } = scene(t)
    const error = '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}'
    note({
      ...{ url: '/api/live_secret/coin/rpc', keyAt: 2, contentType: 'application/json' },
      ...{ answerType: 'application/json', location: '/entries/4' },
      body: { part: '{"method":"x"}', bytes: 14 },
      answer: { part: error, bytes: error.length },
    })
    const [row] = list().requests
    assert.deepEqual(row, {
      ...{ number: clock.now * 100_000, time: clock.now, id: 'r0', credential: 'c1' },
      ...{ method: 'GET', path: '/api/***/coin/rpc', status: 200, code: '-32601', ms: 1.3 },
      ...{ contentType: 'application/json', location: '/entries/4' },
      request: { bytes: 14, text: '{"method":"x"}' },
      answer: { bytes: error.length, text: error },
    })
  })

  it('leaves out what is binary, and what was asked to be hidden', (t) => {
    const { note, list } = scene(t)
    const body = { part: Buffer.of(1, 2), bytes: 2 }
    const answer = { part: '{"a":1}', bytes: 7 }
    const both = { hidesBody: true, hidesAnswer: true }
    const json = { contentType: 'application/json', answerType: 'application/json' }
    note({ contentType: 'application/cose', answerType: 'application/cose', body, answer })
    note({ ...json, body, answer, ...both })
    note({ ...json, body, answer, ...both, status: 400 })
    note({ ...json, body, answer, hidesBody: true })
    const told = list().requests.map((one) => [one.request?.note, one.answer?.note ?? 'shown'])
    assert.deepEqual(told.toReversed(), [
      ['binary', 'binary'],
      ['hidden', 'hidden'],
      ['hidden', 'shown'],
      ['hidden', 'shown'],
    ])
  })
})

describe('when credentials were used last', () => {
  it('is known to the second, and after a crash to the minute', (t) => {
    const { log, note, clock, place, ledger, database } = scene(t)
    const begun = clock.now
    const used = (own = log, service = 'flights') =>
      Object.fromEntries(own.lastUsed(place(service)))
    assert.deepEqual(used(), {})
    note()
    note({ status: 403, caller: { credential: 'c2', service: 'sensors' } })
    assert.deepEqual(used(), { c1: begun })
    clock.now += 59
    note()
    assert.deepEqual(used(), { c1: begun + 59 })
    assert.deepEqual(used(log, 'sensors'), { c2: begun })
    // The same database, by a process that knows nothing of the first one.
    const crashed = () => {
      const other = scene(t, database)
      return other.log.lastUsed({ ledger: ledger.id, service: 'flights' }).get('c1')
    }
    assert.equal(crashed(), begun)
    clock.now += 1
    note()
    assert.deepEqual(used(), { c1: begun + 60 })
    assert.equal(crashed(), begun + 60)
  })

  it('costs no row of its own for each request', (t) => {
    const { log, note, database, place } = scene(t)
    const changes = () => Number(database.prepare('SELECT total_changes() AS n').get()?.n)
    note()
    log.lastUsed(place())
    const before = changes()
    for (let i = 0; i < 10; i++) note()
    log.lastUsed(place())
    assert.equal(changes() - before, 10)
  })
})
