import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testGateway, testGatewayDeps, testStatement } from '../testing/gateway.ts'
import type { NetworkPort } from './network-port.ts'

/** A gateway whose network decides nothing since some second, where one is given. */
async function lossyGateway(since?: number) {
  const parts = testGatewayDeps()
  const status = { id: 'own', height: 1, catchingUp: false, peers: [] }
  const network: NetworkPort = {
    status: async () => status,
    noQuorumSince: () => since,
    unknownOutcomes: () => 0,
    equivocationOf: () => undefined,
  }
  const ledgers = parts.deps.ledgers.map((one) => ({ ...one, network }))
  const gateway = await testGateway({}, { ...parts, deps: { ...parts.deps, ledgers } })
  const payload = Buffer.from(await testStatement(gateway.ledger, 'a'))
  const headers = { 'content-type': 'application/cose' }
  const url = `${gateway.base}/entries`
  const written = await gateway.app.inject({ method: 'POST', url, headers, payload })
  const get = (path: string) => gateway.app.inject(`${gateway.base}${path}`)
  return { ...gateway, written, get }
}

describe('an answer about a ledger', () => {
  it('says as of which block it is, and how old that is', async () => {
    const { app, ledger, written, get } = await lossyGateway()
    const own = '1; time=1700000010; age=490'
    // The answer to a write is not older than the write.
    assert.equal(written.headers['x-bsn-block'], own)
    const paths = [
      '',
      '/entries/0',
      '/entries/9',
      '/nodes',
      '/checkpoint',
      '/tile/0/000',
      '/network',
    ]
    for (const path of paths) assert.equal((await get(path)).headers['x-bsn-block'], own, path)
    const scitt = await app.inject(`/scitt/flights/entries/${ledger.id}-0`)
    assert.equal(scitt.headers['x-bsn-block'], own)
    for (const path of ['/livez', '/api/v1/ledgers', '/api/v1/ledgers/bsn1other']) {
      assert.equal((await app.inject(path)).headers['x-bsn-block'], undefined, path)
    }
  })

  it('says since when nothing is decided, while reads go on', async () => {
    const { app, get } = await lossyGateway(1_700_000_200)
    const lost = '1; time=1700000010; age=490; no-quorum-since=1700000200'
    const entry = await get('/entries/0')
    assert.deepEqual([entry.statusCode, entry.headers['x-bsn-block']], [200, lost])
    assert.equal((await get('')).json().noQuorumSince, 1_700_000_200)
    const ready = await app.inject('/readyz?verbose')
    assert.equal(ready.statusCode, 200)
    const warnings = ready.json().checks.filter((one: { warning?: boolean }) => one.warning)
    assert.equal(warnings.length, 1)
    assert.match(warnings[0].detail, /^nothing is decided since 2023-11-14T22:16:40\.000Z/)
  })
})
