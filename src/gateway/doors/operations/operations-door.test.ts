import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testGateway, testGatewayDeps, testStatement } from '../../../testing/gateway.ts'

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

it('/version tells what runs', async () => {
  const { app } = await testGateway()
  assert.deepEqual((await app.inject('/version')).json(), { name: 'openbsn', version: '0.0.0' })
})
