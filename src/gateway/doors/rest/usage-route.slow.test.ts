import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toBase64url } from '@openbsn/sdk'
import { apiKeyOf, putCredential } from '../../../testing/access.ts'
import { filledGateway, testStatement } from '../../../testing/gateway.ts'

async function used() {
  const gateway = await filledGateway(3)
  const { app, base, ledger } = gateway
  await ledger.submit([await testStatement(ledger, 'x', { service: 'trains' })])
  putCredential(ledger, 'founder')
  putCredential(ledger, 'c2')
  const ask = async (query: string, id?: string) => {
    const headers = id === undefined ? {} : { authorization: `Bearer ${apiKeyOf(id)}` }
    return (await app.inject({ url: `${base}/usage${query}`, headers })).json()
  }
  return { ask, app, base }
}

describe('GET /usage', () => {
  it('shows the machine everything, by service, credential and day', async () => {
    const { ask } = await used()
    const { usage, proven, position, next } = await ask('')
    assert.deepEqual([usage.length, proven, position, next], [4, false, 4, undefined])
    const [row] = usage
    assert.deepEqual(Object.keys(row), ['service', 'credential', 'day', 'entries', 'bytes'])
    assert.deepEqual([row.service, row.credential, row.day], ['flights', 'founder', '2023-11-14'])
    const lengths = async (query: string) => (await ask(query)).usage.length
    assert.equal(await lengths('?service=trains'), 1)
    assert.equal(await lengths('?credential=c2'), 0)
    assert.equal(await lengths('?from=2023-11-14&to=2023-11-15'), 4)
    assert.equal(await lengths('?from=2023-11-15'), 0)
    assert.equal(await lengths('?to=2023-11-14'), 0)
    assert.ok((await ask('?limit=3')).next)
  })

  it('shows a credential its own, and refuses what it may not ask', async () => {
    const { ask, app, base } = await used()
    assert.equal((await ask('', 'founder')).usage.length, 3)
    assert.equal((await ask('?service=flights&credential=founder', 'founder')).usage.length, 3)
    assert.equal((await ask('', 'c2')).usage.length, 0)
    assert.equal((await ask('?service=trains', 'founder')).code, 'CREDENTIAL_SERVICE_MISMATCH')
    assert.equal((await ask('?credential=founder', 'c2')).code, 'NOT_ALLOWED')
    const far = await app.inject({ url: `${base}/usage`, remoteAddress: '192.0.2.7' })
    assert.equal(far.json().code, 'AUTHENTICATION_REQUIRED')
  })

  it('tells what is wrong with days and cursors', async () => {
    const { ask } = await used()
    for (const day of ['2023-02-30', '2023-13-01', '0000-00-00', '2023-1-1', 'now']) {
      assert.equal((await ask(`?from=${day}`)).code, 'REQUEST_INVALID', day)
    }
    const { next } = await ask('?limit=1')
    assert.equal((await ask(`?cursor=${next}&service=trains`)).code, 'CURSOR_INVALID')
    // With the right hash in front, which is no secret, and nonsense behind it.
    const hash = Buffer.from(next, 'base64url').subarray(0, 8)
    for (const key of ['{', '[1,2,3]', '["a",-1,"b"]', '["a",1]', '["a\\",1,"b"]']) {
      const forged = toBase64url(Buffer.concat([hash, Buffer.from(key)]))
      assert.equal((await ask(`?cursor=${forged}`)).code, 'CURSOR_INVALID', key)
    }
  })
})
