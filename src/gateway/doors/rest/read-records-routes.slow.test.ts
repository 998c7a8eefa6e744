import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { testStatement } from '../../../testing/gateway.ts'
import { recordsGateway } from '../../../testing/records-gateway.ts'

type Gateway = Awaited<ReturnType<typeof recordsGateway>>
const records = '/services/flights/records'

/** So many records, a block each: values from 0, keys of three. */
async function filled(count: number): Promise<Gateway> {
  const gateway = await recordsGateway()
  for (let value = 0; value < count; value++) await gateway.post({ key: `k${value % 3}`, value })
  return gateway
}

async function allPages({ get }: Gateway, path: string, query: string): Promise<number[]> {
  const found: number[] = []
  for (let cursor = ''; ; ) {
    const page = (await get(`${path}?${query}${cursor}`)).json()
    found.push(...page.records.map(({ value }: { value: number }) => value))
    if (page.next === undefined) return found
    cursor = `&cursor=${page.next}`
  }
}

describe('GET records', () => {
  it('lists by key, time and order, page by page', async () => {
    const gateway = await filled(10)
    const all = Array.from({ length: 10 }, (_, value) => value)
    for (const limit of [1, 3, 10, 100]) {
      const of = (query: string, path = records) =>
        allPages(gateway, path, `limit=${limit}${query}`)
      assert.deepEqual(await of(''), all)
      assert.deepEqual(await of('&order=newest'), all.toReversed())
      assert.deepEqual(await of('&key=k1'), [1, 4, 7])
      assert.deepEqual(await of('&from=1700000030&to=1700000060'), [2, 3, 4])
      assert.deepEqual(await of('&order=newest', `${records}/k0/history`), [9, 6, 3, 0])
      assert.deepEqual(await of('', `${records}/nothing/history`), [])
    }
    const other = await gateway.get('/services/flights/records?limit=2')
    const cursor = other.json().next
    for (const path of [`${records}/k1/history`, '/services/secret/records']) {
      const answer = await gateway.get(
        `${path}?cursor=${cursor}`,
        path === records ? {} : { as: path.includes('secret') ? 's1' : 'c1' },
      )
      assert.equal(answer.json().code, 'CURSOR_INVALID')
    }
  })

  it('tells nothing rather than less than all, while lists are made anew', async () => {
    const gateway = await filled(1)
    const [{ entries } = assert.fail('one ledger is served')] = gateway.deps.ledgers
    const list = async () => {
      throw new CodedError('LISTS_BEHIND', '1 of 9 entries.', { retryable: true })
    }
    const advance = () => new Promise(() => {})
    Object.defineProperties(
      entries,
      Object.getOwnPropertyDescriptors({ position: 0, list, advance }),
    )
    const paths = ['', '?key=k0', '/k0/history', '/k0'].map((path) => records + path)
    for (const path of [...paths, '/entries?service=flights']) {
      const answer = await gateway.get(path)
      const { code, detail } = answer.json()
      assert.deepEqual([answer.statusCode, code], [503, 'LISTS_BEHIND'], path)
      assert.deepEqual([answer.headers['retry-after'], detail], ['1', '1 of 9 entries.'])
    }
  })

  it('gives the latest with a key, whatever the key and whoever wrote it', async () => {
    const gateway = await filled(4)
    const { get, post, ledger } = gateway
    const latest = (await get(`${records}/k0`)).json()
    const place = { index: 3, height: 4, time: 1_700_000_040 }
    const what = { key: 'k0', contentType: 'application/json', issuer: 'c1', value: 3 }
    assert.deepEqual(latest, { ...place, ...what })
    const key = 'ключ/ %2F?#'.padEnd(60, 'ж')
    await post({ key, value: 'odd' })
    assert.equal((await get(`${records}/${encodeURIComponent(key)}`)).json().value, 'odd')
    const payload = Uint8Array.of(0x7b, 0xff)
    await ledger.submit([await testStatement(ledger, 'signed', { key: 'bytes', payload })])
    const bytes = (await get(`${records}/bytes`)).json()
    assert.deepEqual([bytes.payload, bytes.value, bytes.issuer], ['e_8', undefined, 'founder'])
    const none = await get(`${records}/k`)
    assert.deepEqual([none.statusCode, none.json().code], [404, 'RECORD_NOT_FOUND'])
  })
})

describe('a service that only its credentials read', () => {
  it('shows nothing to anybody else, by whatever path', async () => {
    const gateway = await recordsGateway()
    const { get, post } = gateway
    await post({ key: 'a', value: 'hidden' }, { as: 's1' })
    await post({ key: 'a', value: 'open' })
    const own = '/services/secret/records'
    const paths = [own, `${own}/a`, `${own}/a/history`, '/entries/0', '/entries?service=secret']
    for (const path of paths) {
      const nobody = await get(path)
      assert.deepEqual([nobody.statusCode, nobody.json().code], [401, 'AUTHENTICATION_REQUIRED'])
      assert.equal((await get(path, { as: 'c1' })).json().code, 'CREDENTIAL_SERVICE_MISMATCH')
      assert.equal((await get(path, { as: 's2' })).json().code, 'SCOPE_MISSING')
      const answer = await get(path, { as: 's1' })
      assert.equal(answer.statusCode, 200, path)
      assert.equal(answer.headers['cache-control'], 'no-store')
    }
    const { entries } = (await get('/entries')).json()
    assert.deepEqual(
      entries.map(({ index }: { index: number }) => index),
      [1],
    )
    assert.equal((await get('/entries/1')).statusCode, 200)
    assert.match(String((await get('/entries/1')).headers['cache-control']), /immutable/)
    assert.equal((await get('/entries/0/receipt')).statusCode, 200)
  })
})

it('GET records gives large ones in pages of few bytes, each of them once', async () => {
  const gateway = await recordsGateway()
  const values = Array.from({ length: 80 }, (_, i) => `${i} ${'x'.repeat(60_000)}`)
  for (const [key, from] of Object.entries({ first: 0, second: 40 })) {
    const some = values.slice(from, from + 40).map((value) => ({ value }))
    assert.equal((await gateway.post({ records: some }, { key })).statusCode, 200)
  }
  const found: string[] = []
  let pages = 0
  for (let cursor = ''; ; pages++) {
    const { body } = await gateway.get(`${records}?limit=1000${cursor}`)
    assert.ok(body.length < 8e6, `${body.length} bytes`)
    const page = JSON.parse(body)
    found.push(...page.records.map(({ value }: { value: string }) => value))
    if (page.next === undefined) break
    cursor = `&cursor=${page.next}`
  }
  assert.deepEqual([found, pages], [values, 1])
})
