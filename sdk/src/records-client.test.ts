import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toBase64url } from './base64url.ts'
import { utf8 } from './bytes.ts'
import { createClient } from './client.ts'

/** A gateway that gives these answers in turn, and what it was asked. */
function gateway(...answers: Response[]) {
  const asked: { method: string; path: string; body: unknown }[] = []
  const doFetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    const path = String(url).replace(/^.*\/ledgers\/bsn1aa/, '')
    const { method = 'GET', body } = init
    asked.push({ method, path, body: typeof body === 'string' ? JSON.parse(body) : body })
    return answers.shift() ?? assert.fail('one request too many')
  }
  const client = createClient({
    gateway: 'http://127.0.0.1:8420',
    ledger: 'bsn1aa',
    fetch: doFetch as typeof fetch,
  })
  return { records: client.records('city'), asked }
}

const problem = (status: number, code: string) => Response.json({ code, detail: '' }, { status })

describe('private records of the client', () => {
  it('are written for a subject, opened and erased', async () => {
    const salt = new Uint8Array(32).fill(7)
    const opened = { index: 4, contentType: 'text/plain', payload: utf8('"x"') }
    const texts = { salt: toBase64url(salt), payload: toBase64url(opened.payload) }
    const { records, asked } = gateway(
      Response.json({ outcome: 'appended', index: 4, height: 2, time: 1, request: 'r' }),
      Response.json({ ...opened, ...texts }),
      Response.json({ erased: 1, index: 5, height: 3, time: 2 }),
    )
    const record = { key: 'meter/1', value: 'x', private: { subject: 'a b/c' } }
    await records.put(record)
    assert.deepEqual(await records.open(4), { ...opened, salt })
    assert.equal((await records.erase('a b/c')).erased, 1)
    assert.deepEqual(asked, [
      { method: 'POST', path: '/services/city/records', body: record },
      { method: 'GET', path: '/services/city/private/4', body: undefined },
      { method: 'DELETE', path: '/services/city/subjects/a%20b%2Fc', body: undefined },
    ])
  })

  it('say by code that they were erased, and what makes no sense', async () => {
    const broken = { index: 4, contentType: 'text/plain', salt: '!', payload: '' }
    const { records } = gateway(problem(410, 'ERASED'), Response.json(broken))
    await assert.rejects(records.open(4), { code: 'ERASED', details: { status: 410 } })
    await assert.rejects(records.open(4), { code: 'GATEWAY_ANSWER_INVALID' })
  })
})
