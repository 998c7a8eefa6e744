import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { verifyKeyBundle, verifyReceipts } from '@openbsn/sdk'
import { bytesOf } from '../../../testing/gateway.ts'
import { recordsGateway } from '../../../testing/records-gateway.ts'

const path = (key: string) => `/services/flights/requests/${encodeURIComponent(key)}`

describe('GET requests/{key}', () => {
  it('says what became of it, with place and receipt where it was committed', async () => {
    const { post, get, ledger } = await recordsGateway()
    const key = 'order "1", / 50 % ü'.replace('ü', 'u')
    const status = async (more = '') => (await get(`${path(key)}${more}`, {})).json()
    assert.deepEqual(await status(), { request: key, state: 'not_sent' })
    const { promise, resolve } = Promise.withResolvers<void>()
    ledger.gate = promise
    const header = `"${key.replaceAll('"', '\\"')}"`
    const sent = post({ value: 1 }, { key: header })
    while ((await status()).state !== 'pending') await new Promise((done) => setImmediate(done))
    resolve()
    assert.equal((await sent).statusCode, 201)
    const { receipt, statement, ...rest } = await status()
    const place = { index: 0, height: 1, time: 1_700_000_010 }
    assert.deepEqual(rest, { request: key, state: 'committed', ...place })
    const keys = verifyKeyBundle(ledger.keyBundle(), ledger.id)
    assert.equal(verifyReceipts(bytesOf(statement), [bytesOf(receipt)], keys).index, 0)
    const other = (await get(path(key), { as: 'c2' })).json()
    assert.deepEqual(other, { request: key, state: 'not_sent' }, 'it is of one credential')
  })

  it('knows each row of a batch, and for a while why it was rejected', async () => {
    const { post, get } = await recordsGateway()
    await post({ records: [{ value: 1 }, { value: 'x'.repeat(65_536) }] }, { key: 'b' })
    const state = async (query: string) => (await get(`${path('b')}${query}`, {})).json()
    const { isBatch, row, state: first } = await state('')
    assert.deepEqual([isBatch, row, first], [true, 0, 'committed'])
    assert.equal((await state('?row=0')).state, 'committed')
    const { state: rejected, code } = await state('?row=1')
    assert.deepEqual([rejected, code], ['rejected', 'STATEMENT_PAYLOAD_TOO_LARGE'])
    assert.equal((await state('?row=2')).state, 'not_sent')
    assert.equal((await state('?row=x')).code, 'REQUEST_INVALID')
  })

  it('says that a key is of a batch, under way too, and where row 0 is not in', async () => {
    const { post, get, ledger } = await recordsGateway()
    const status = async (key: string) => (await get(path(key), {})).json()
    const { promise, resolve } = Promise.withResolvers<void>()
    ledger.gate = promise
    const sent = post({ records: [{ value: 'x'.repeat(65_536) }, { value: 1 }] }, { key: 'b' })
    while ((await status('b')).state !== 'pending') await new Promise((done) => setImmediate(done))
    assert.deepEqual(await status('b'), { request: 'b', isBatch: true, row: 0, state: 'pending' })
    resolve()
    await sent
    const { isBatch, row, state, code } = await status('b')
    assert.deepEqual([isBatch, row, state], [true, 0, 'rejected'])
    assert.equal(code, 'STATEMENT_PAYLOAD_TOO_LARGE')
    const { findAct } = ledger
    assert.deepEqual(await status('c'), { request: 'c', state: 'not_sent' })
    await post({ value: 1 }, { key: 'one' })
    const noRow = (await get(`${path('one')}?row=0`, {})).json()
    assert.deepEqual(noRow, { request: 'one', row: 0, state: 'not_sent' })
    // As another gateway, or this one after a while: it knows nothing of what was rejected.
    const other = await recordsGateway()
    other.ledger.findAct = findAct
    other.ledger.entry = ledger.entry
    other.ledger.block = ledger.block
    const later = (await other.get(path('b'), {})).json()
    assert.deepEqual([later.isBatch, later.row, later.state], [true, 1, 'committed'])
  })

  it('is for whoever may write', async () => {
    const { get } = await recordsGateway()
    assert.equal((await get(path('k'))).json().code, 'AUTHENTICATION_REQUIRED')
    assert.equal((await get(path('ü'), {})).json().code, 'IDEMPOTENCY_KEY_INVALID')
    assert.equal((await get(path('x'.repeat(255)), {})).json().state, 'not_sent')
  })
})
