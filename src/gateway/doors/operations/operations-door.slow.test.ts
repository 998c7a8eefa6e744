import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { apiKeyOf, putCredential, putService } from '../../../testing/access.ts'
import { testGateway, testGatewayDeps, testStatement } from '../../../testing/gateway.ts'
import { countOutcomes } from '../../count-outcomes.ts'

/** What dashboards and alerts may count on. */
const everyName = [
  'bsn_audit_tree_size',
  'bsn_auth_failures_total',
  'bsn_backup_last_success_timestamp_seconds',
  'bsn_build_info',
  'bsn_byzantine_evidence_total',
  'bsn_cert_expiry_timestamp_seconds',
  'bsn_disk_free_bytes',
  'bsn_engine_height',
  'bsn_engine_height_lag_blocks',
  'bsn_engine_up',
  'bsn_event_streams',
  'bsn_fork_detected_total',
  'bsn_idempotency_replays_total',
  'bsn_meter_lag_seconds',
  'bsn_meter_ledger_difference',
  'bsn_quota_rejections_total',
  'bsn_rpc_calls_total',
  'bsn_store_fsync_duration_seconds',
  'bsn_tx_commit_duration_seconds',
  'bsn_tx_submitted_total',
  'bsn_tx_unknown_outcome',
  'bsn_webhook_deliveries_total',
  'bsn_webhook_oldest_pending_seconds',
]

describe('/livez and /readyz', () => {
  it('say yes while all is well', async () => {
    const { app } = await testGateway()
    assert.deepEqual((await app.inject('/livez')).json(), { status: 'alive' })
    const ready = await app.inject('/readyz')
    assert.deepEqual([ready.statusCode, ready.json()], [200, { status: 'ready' }])
    const { checks } = (await app.inject('/readyz?verbose')).json()
    const names = checks.map(({ name }: { name: string }) => name.split(' ')[0])
    assert.deepEqual(names, ['gateway', 'ledger', 'projection', 'disk'])
  })

  it('warn of a clock that is not that of the blocks, and stay ready', async () => {
    const parts = testGatewayDeps()
    const ledgers = parts.deps.ledgers.map((one) => ({ ...one, clockOffSeconds: () => -12 }))
    const { app } = await testGateway({}, { ...parts, deps: { ...parts.deps, ledgers } })
    const answer = await app.inject('/readyz?verbose')
    assert.equal(answer.statusCode, 200)
    const warnings = answer.json().checks.filter((one: { warning?: boolean }) => one.warning)
    const detail = '12 s behind block time'
    assert.deepEqual(warnings, [{ name: 'clock', ok: true, detail, warning: true }])
  })

  it('differ when a ledger has stopped, the disk is full, or the gateway drains', async () => {
    const { app, state, drain } = await testGateway()
    const failing = async () => {
      assert.equal((await app.inject('/livez')).statusCode, 200)
      const answer = await app.inject('/readyz?verbose=true')
      assert.equal(answer.statusCode, 503)
      assert.equal(answer.headers['retry-after'], '1')
      const checks: { name: string; ok: boolean }[] = answer.json().checks
      return checks.filter(({ ok }) => !ok).map(({ name }) => name.split(' ')[0])
    }
    state.isStopped = true
    assert.deepEqual(await failing(), ['ledger'])
    state.isStopped = false
    state.diskFreeBytes = 1000
    assert.deepEqual(await failing(), ['disk'])
    state.diskFreeBytes = Number.NaN
    assert.deepEqual(await failing(), ['disk'])
    state.diskFreeBytes = 1e12
    drain.begin()
    assert.deepEqual(await failing(), ['gateway'])
  })
})

describe('/metrics', () => {
  it('has the names that dashboards look for', async () => {
    const { app, deps, ledger, base } = await testGateway()
    const payload = Buffer.from(await testStatement(ledger, 'a'))
    const headers = { 'content-type': 'application/cose' }
    await app.inject({ method: 'POST', url: `${base}/entries`, headers, payload })
    deps.metrics.fsync(0.002)
    const { payload: text, headers: answered } = await app.inject('/metrics')
    assert.match(String(answered['content-type']), /^text\/plain; version=0\.0\.4/)
    const labels = [
      'http_request_method="POST"',
      'http_route="/api/v1/ledgers/:ledger/entries"',
      'http_response_status_code="201"',
    ]
    for (const line of [
      `http_server_request_duration_seconds_count{${labels.join(',')}} 1`,
      'bsn_store_fsync_duration_seconds_count 1',
      `bsn_audit_tree_size{ledger="${ledger.id}"} 1`,
      'bsn_disk_free_bytes 1000000000000',
      'bsn_build_info{version="0.0.0"} 1',
    ]) {
      assert.ok(text.includes(line), `${line}\n${text}`)
    }
    const buckets = text.matchAll(/^http_server_request_duration_seconds_bucket\{le="([^"]+)"/gm)
    const prescribed = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
    const bounds = [...buckets].map(([, bound]) => bound)
    assert.deepEqual(bounds, [...prescribed.map(String), '+Inf'])
  })

  it('say what kind of error it was where the server is at fault, and nowhere else', async () => {
    const { app, ledger, state, base } = await testGateway()
    const payload = Buffer.from(await testStatement(ledger, 'a'))
    ledger.submit = () => Promise.reject(new CodedError('LEDGER_STOPPED', 'It has stopped.'))
    const headers = { 'content-type': 'application/cose' }
    await app.inject({ method: 'POST', url: `${base}/entries`, headers, payload })
    state.isStopped = true
    await app.inject('/readyz')
    await app.inject('/nowhere')
    const { payload: text } = await app.inject('/metrics')
    const counted = text.matchAll(/^http_server_request_duration_seconds_count\{(.*)\} 1$/gm)
    const ends = [...counted].map(([, labels = '']) => labels.replace(/.*status_code=/, ''))
    assert.deepEqual(ends, ['"503",error_type="LEDGER_STOPPED"', '"503",error_type="503"', '"404"'])
  })

  it('are those of the list, and no others, of a node that has done everything once', async () => {
    const parts = testGatewayDeps()
    const validity = { from: 0, until: 1_800_000_000 }
    const shown = { validity, isNearEnd: false, show: () => {}, look: () => {} }
    const certificate = { ...shown, start: () => {}, close: () => {} }
    const deps = { ...parts.deps, certificate, lastBackup: () => 1_700_000_123 }
    const { app } = await testGateway({}, { ...parts, deps })
    const { payload } = await app.inject('/metrics')
    const names = [...payload.matchAll(/^# TYPE (bsn_\w+) /gm)].map(([, name]) => name)
    assert.deepEqual(names.toSorted(), everyName)
    for (const line of [
      `bsn_engine_up{engine="solo",node="test",ledger="${parts.ledger.id}"} 1`,
      `bsn_engine_height_lag_blocks{engine="solo",node="test",ledger="${parts.ledger.id}"} 0`,
      'bsn_backup_last_success_timestamp_seconds 1700000123',
      'bsn_cert_expiry_timestamp_seconds 1800000000',
      `bsn_meter_ledger_difference{ledger="${parts.ledger.id}"} 0`,
      'bsn_tx_unknown_outcome{engine="records"} 0',
    ]) {
      assert.ok(payload.split('\n').includes(line), `${line}\n${payload}`)
    }
  })

  it('and what /readyz found are told on the machine alone', async () => {
    const { app } = await testGateway()
    for (const url of ['/metrics', '/readyz?verbose']) {
      const answer = await app.inject({ url, remoteAddress: '192.0.2.1' })
      assert.deepEqual([answer.statusCode, answer.json().code], [403, 'LOOPBACK_ONLY'])
      const forged = { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' }
      const again = await app.inject({ url, remoteAddress: '192.0.2.1', headers: forged })
      assert.equal(again.statusCode, 403)
    }
    assert.equal((await app.inject({ url: '/readyz', remoteAddress: '192.0.2.1' })).statusCode, 200)
  })
})

describe('metrics of what must not be', () => {
  it('tell how long the oldest entry waits to be counted, and each fork', async () => {
    const parts = testGatewayDeps()
    const { ledger } = parts
    const usage = { position: 0, difference: () => -2, list: async () => assert.fail() }
    const ledgers = parts.deps.ledgers.map((one) => ({ ...one, usage }))
    const clock = { now: 0, nowSeconds: () => clock.now }
    const { app, deps } = await testGateway(
      {},
      { ...parts, deps: { ...parts.deps, ledgers, clock } },
    )
    const of = `{ledger="${ledger.id}"}`
    const has = async (...lines: string[]) => {
      const said = (await app.inject('/metrics')).payload.split('\n')
      assert.deepEqual(
        lines.filter((line) => !said.includes(line)),
        [],
      )
    }
    await has(`bsn_meter_lag_seconds${of} 0`, 'bsn_fork_detected_total 0')
    await ledger.submit([await testStatement(ledger, 'a'), await testStatement(ledger, 'b')])
    clock.now = (ledger.entry(0)?.time ?? 0) + 45
    deps.metrics.forkDetected()
    await has(`bsn_meter_lag_seconds${of} 45`, `bsn_meter_ledger_difference${of} -2`)
    await has('bsn_fork_detected_total 1')
    usage.position = 2
    await has(`bsn_meter_lag_seconds${of} 0`)
  })
})

describe('metrics of what the node refuses, and of what stands beside it', () => {
  it('count who is not let in, and who is over a limit, by whatever door', async () => {
    const { app, deps, ledger, base } = await testGateway({ credentialPerSecond: 1 })
    const value = async (line: string) => {
      const { payload } = await app.inject('/metrics')
      return Number(
        payload
          .split('\n')
          .find((one) => one.startsWith(line))
          ?.split(' ')[1] ?? 0,
      )
    }
    putService(ledger, 'flights', { readers: 'credentials' })
    putCredential(ledger, 'c1')
    const read = (key?: string) => {
      const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
      return app.inject({ url: `${base}/services/flights/records`, headers })
    }
    for (const key of [undefined, apiKeyOf('nobody')])
      assert.equal((await read(key)).statusCode, 401)
    assert.equal(await value('bsn_auth_failures_total{reason="AUTHENTICATION_REQUIRED"}'), 1)
    assert.equal(await value('bsn_auth_failures_total{reason="CREDENTIAL_UNKNOWN"}'), 1)
    assert.equal(await value('bsn_quota_rejections_total'), 0)
    assert.equal((await read(apiKeyOf('c1'))).statusCode, 200)
    assert.equal((await read(apiKeyOf('c1'))).statusCode, 429)
    assert.equal(await value('bsn_quota_rejections_total'), 1)
    // One by one, what a batch was refused.
    const refused = { outcome: 'refused', code: 'KEY_UNKNOWN', detail: '' } as const
    countOutcomes([refused, { ...refused, code: 'RATE_LIMITED' }], deps.metrics)
    assert.equal(await value('bsn_auth_failures_total{reason="KEY_UNKNOWN"}'), 1)
    assert.equal(await value('bsn_quota_rejections_total'), 2)
  })

  it('tell an engine that does not answer, its lag, and writes of unknown fate', async () => {
    const parts = testGatewayDeps()
    const state = { isAnswering: true, unknown: 3 }
    const status = async () => {
      if (state.isAnswering) return { id: 'n', height: 7, catchingUp: false, peers: [] }
      throw new CodedError('ENGINE_UNREACHABLE', 'It is not there.')
    }
    const network = {
      ...{ status, equivocationOf: () => undefined, noQuorumSince: () => undefined },
      unknownOutcomes: () => state.unknown,
    }
    const unknownOutcomes = () => ({ records: network.unknownOutcomes() })
    const ledgers = parts.deps.ledgers.map((one) => ({ ...one, network, unknownOutcomes }))
    const { app } = await testGateway({}, { ...parts, deps: { ...parts.deps, ledgers } })
    const read = async () => (await app.inject('/metrics')).payload.split('\n')
    const labels = `{engine="cometbft",node="test",ledger="${parts.ledger.id}"}`
    const before = await read()
    for (const line of [`bsn_engine_up${labels} 1`, `bsn_engine_height${labels} 7`]) {
      assert.ok(before.includes(line), line)
    }
    assert.ok(before.includes('bsn_tx_unknown_outcome{engine="records"} 3'))
    Object.assign(state, { isAnswering: false, unknown: 0 })
    const after = await read()
    assert.ok(after.includes(`bsn_engine_up${labels} 0`))
    assert.ok(after.includes('bsn_tx_unknown_outcome{engine="records"} 0'))
  })
})

it('/version tells what runs', async () => {
  const { app } = await testGateway()
  assert.deepEqual((await app.inject('/version')).json(), { name: 'openbsn', version: '0.0.0' })
})
