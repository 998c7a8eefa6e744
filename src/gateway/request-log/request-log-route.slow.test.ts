import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { putCredential, putObject } from '../../testing/access.ts'
import { recordsGateway } from '../../testing/records-gateway.ts'

/** A gateway with readers of the log: `reader`, and `bank-reader` of the participant `bank`. */
async function scene(t: TestContext) {
  const gateway = await recordsGateway()
  t.after(() => gateway.app.close())
  const { ledger, get } = gateway
  const scopes = ['records:write', 'records:read', 'log:read']
  const participant = { participant: 'bank' }
  const active = { role: 'teller', status: 'active', owner: 'participant/flights/bank' }
  putObject(ledger, 'participant/flights/bank', active)
  putCredential(ledger, 'reader', { scopes })
  putCredential(ledger, 'bank-reader', { scopes, ...participant })
  putCredential(ledger, 'bank-desk', participant)
  const path = '/services/flights/request-log'
  const log = async (query = '', as = 'reader') => (await get(path + query, { as })).json()
  return { ...gateway, path, log }
}

type Row = { readonly method: string; readonly path: string; readonly status: number }
const told = ({ requests }: { readonly requests: readonly Row[] }) =>
  requests.map(({ method, status }) => `${method} ${status}`)

describe('GET …/request-log', () => {
  it('tells what credentials of the service asked, and how it was answered', async (t) => {
    const { post, get, log, base } = await scene(t)
    const made = await post({ key: 'a', value: { x: 1 } })
    await get('/services/flights/records/nowhere', { as: 'c2' })
    await post({ value: 1, unknown: 2 })
    const { requests, newest } = await log()
    assert.deepEqual(told({ requests }), ['POST 400', 'GET 404', 'POST 201'])
    const [bad, missing, good] = requests
    assert.deepEqual([bad.code, missing.code], ['REQUEST_INVALID', 'RECORD_NOT_FOUND'])
    assert.equal(bad.request.text, '{"value":1,"unknown":2}')
    assert.match(bad.answer.text, /unknown field/)
    assert.deepEqual([good.credential, missing.credential], ['c1', 'c2'])
    assert.equal(good.path, `${base}/services/flights/records`)
    assert.equal(good.id, made.headers['x-request-id'])
    assert.equal(good.answer.text, made.body)
    assert.equal(good.location, made.headers.location)
    assert.equal(newest, bad.number)
  })

  it('does not tell of itself, nor of what nobody in particular asked', async (t) => {
    const { get, log } = await scene(t)
    await get('/services/flights/records')
    await get('/services')
    await log()
    assert.deepEqual((await log()).requests, [])
  })
})

describe('whoever reads a request log', () => {
  it('has the scope, in a credential of the service', async (t) => {
    const { get, path, ledger } = await scene(t)
    const codeFor = async (as: string | null) => (await get(path, { as })).json().code
    assert.equal(await codeFor(null), 'AUTHENTICATION_REQUIRED')
    assert.equal(await codeFor('c1'), 'SCOPE_MISSING')
    putCredential(ledger, 's3', { service: 'secret', scopes: ['log:read'] })
    assert.equal(await codeFor('s3'), 'CREDENTIAL_SERVICE_MISMATCH')
    // The knock at the wrong door is in the log of whoever knocked.
    const own = await get('/services/secret/request-log', { as: 's3' })
    assert.deepEqual(own.json().requests, [])
    await get('/services/flights/records', { as: 's3' })
    const { requests } = (await get('/services/secret/request-log', { as: 's3' })).json()
    assert.deepEqual(told({ requests }), ['GET 403'])
  })

  it('tells a participant of its own, and one that was removed of nothing', async (t) => {
    const { get, log, path, ledger } = await scene(t)
    await get('/services/flights/records', { as: 'c1' })
    await get('/services/flights/records', { as: 'bank-desk' })
    const { requests } = await log('', 'bank-reader')
    assert.deepEqual(
      requests.map(({ credential, participant }: Record<string, string>) => [
        credential,
        participant,
      ]),
      [['bank-desk', 'bank']],
    )
    assert.equal((await log()).requests.length, 2)
    const removed = { role: 'teller', status: 'removed', owner: 'participant/flights/bank' }
    putObject(ledger, 'participant/flights/bank', removed)
    Object.assign(ledger.head, { stateRoot: new Uint8Array(32).fill(9) })
    assert.equal((await get(path, { as: 'bank-reader' })).json().code, 'PARTICIPANT_INACTIVE')
  })
})

describe('a request log', () => {
  it('comes in pages, filtered, and is followed by number', async (t) => {
    const { get, post, log } = await scene(t)
    for (let i = 0; i < 5; i++) await get('/services/flights/records', { as: 'c1' })
    await post({ value: 1 })
    const first = await log('?limit=2&method=GET')
    assert.deepEqual(told(first), ['GET 200', 'GET 200'])
    const second = await log(`?limit=2&method=GET&cursor=${first.next}`)
    const third = await log(`?limit=2&method=GET&cursor=${second.next}`)
    assert.deepEqual([third.requests.length, third.next], [1, undefined])
    const other = await log(`?limit=2&method=POST&cursor=${first.next}`)
    assert.equal(other.code, 'CURSOR_INVALID')
    assert.deepEqual(told(await log('?status=2xx&path=records&credential=c1&limit=1')), [
      'POST 201',
    ])
    assert.deepEqual(told(await log('?status=404')), [])
    await post({ value: 2 })
    const more = await log(`?after=${first.newest}`)
    assert.deepEqual([told(more), more.next], [['POST 201'], undefined])
    for (const query of ['status=4x', 'status=600', 'method=get', 'from=x', 'limit=0', 'a=1']) {
      assert.equal((await log(`?${query}`)).code, 'REQUEST_INVALID', query)
    }
  })
})
