import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { leafHash } from '@openbsn/sdk'
import { filledGateway, testStatement } from '../../../testing/gateway.ts'
import { readBatch } from '../../batch.ts'

describe('tiles', () => {
  it('are served by path, full and in part', async () => {
    const { get, ledger, statements } = await filledGateway(3)
    const submitted = Array.from({ length: 255 }, (_, i) => testStatement(ledger, `more ${i}`))
    await ledger.submit(await Promise.all(submitted))
    const full = await get('/tile/0/000')
    assert.equal(full.rawPayload.length, 256 * 32)
    assert.deepEqual(
      full.rawPayload.subarray(0, 32),
      Buffer.from(leafHash(statements[0] ?? full.rawPayload)),
    )
    assert.match(String(full.headers['cache-control']), /immutable/)
    assert.equal((await get('/tile/0/001.p/2')).rawPayload.length, 64)
    assert.equal((await get('/tile/1/000.p/1')).rawPayload.length, 32)
    const entries = await get('/tile/entries/000.p/3')
    assert.deepEqual(
      readBatch(entries.rawPayload).map((one) => Buffer.from(one)),
      statements.map((one) => Buffer.from(one)),
    )
  })

  it('are 404 beyond the log and for other paths', async () => {
    const { get } = await filledGateway(3)
    for (const path of ['0/000', '0/000.p/4', '1/000.p/1', '0/x001/000', 'entries/000', '0/../0']) {
      assert.equal((await get(`/tile/${path}`)).statusCode, 404, path)
    }
    assert.equal((await get('/tile/64/000')).json().code, 'REQUEST_INVALID')
    assert.equal((await get('/tile/0/0')).json().code, 'TILE_NOT_FOUND')
  })
})
