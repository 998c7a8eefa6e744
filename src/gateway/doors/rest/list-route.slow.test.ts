import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { utf8 } from '@openbsn/sdk'
import { testGateway, testStatement } from '../../../testing/gateway.ts'
import type { Prng } from '../../../testing/prng.ts'
import { testPrng } from '../../../testing/seed.ts'

type Listed = { index: number; service: string; key?: string; time: number }

async function filled(count: number) {
  const gateway = await testGateway()
  const { ledger, app, base } = gateway
  const model: Listed[] = []
  for (let i = 0; i < count; i++) {
    const service = i % 3 === 0 ? 'sensors' : 'flights'
    const key = `k${i % 4}`
    await ledger.submit([await testStatement(ledger, `entry ${i}`, { service, key })])
    model.push({ index: i, service, key, time: 1_700_000_010 + 10 * i })
  }
  const get = async (query: string) => app.inject(`${base}/entries?${query}`)
  return { ...gateway, model, get }
}

function randomQuery(prng: Prng): URLSearchParams {
  const from = 1_700_000_000 + prng.int(0, 300)
  const to = from + prng.int(0, 300)
  const query = new URLSearchParams({ from: `${from}`, to: `${to}`, limit: `${prng.int(1, 5)}` })
  const service = ['sensors', 'flights'][prng.int(0, 2)]
  if (service !== undefined) query.set('service', service)
  if (service !== undefined && prng.int(0, 1) === 1) query.set('key', `k${prng.int(0, 3)}`)
  if (prng.int(0, 1) === 1) query.set('order', 'newest')
  return query
}

const matches = (query: URLSearchParams) => (one: Listed) =>
  one.service === (query.get('service') ?? one.service) &&
  one.key === (query.get('key') ?? one.key) &&
  one.time >= Number(query.get('from')) &&
  one.time < Number(query.get('to'))

type Get = Awaited<ReturnType<typeof filled>>['get']

async function allPages(get: Get, query: URLSearchParams): Promise<number[]> {
  const found: number[] = []
  for (;;) {
    const page = (await get(query.toString())).json()
    found.push(...page.entries.map((entry: Listed) => entry.index))
    if (page.next === undefined) return found
    query.set('cursor', page.next)
  }
}

describe('GET entries', () => {
  it('lists what a filter over all entries would find, page by page', async () => {
    const { get, model } = await filled(25)
    const prng = testPrng()
    for (let round = 0; round < 60; round++) {
      const query = randomQuery(prng)
      const told = `seed ${prng.seed}, round ${round}: ${query}`
      const expected = model.filter(matches(query)).map(({ index }) => index)
      if (query.get('order') === 'newest') expected.reverse()
      assert.deepEqual(await allPages(get, query), expected, told)
    }
  })

  it('shows an entry with its fields, and says that it is not proven', async () => {
    const { get } = await filled(1)
    const page = (await get('')).json()
    const payload = Buffer.from('entry 0').toString('base64url')
    const names = {
      service: 'sensors',
      key: 'k0',
      contentType: 'application/json',
      issuer: 'founder',
    }
    const entry = { index: 0, height: 1, time: 1_700_000_010, ...names, payload }
    assert.deepEqual(page, { entries: [entry], proven: false, position: 1 })
  })
})

describe('GET entries, refusals', () => {
  it('takes a cursor only with the filters it was made for', async () => {
    const { get } = await filled(5)
    const { next } = (await get('limit=2&service=flights')).json()
    assert.equal((await get(`limit=1&service=flights&cursor=${next}`)).statusCode, 200)
    const flipped = `${next.slice(0, -1)}${next.endsWith('A') ? 'B' : 'A'}`
    for (const query of [
      `service=sensors&cursor=${next}`,
      `cursor=${next}`,
      `service=flights&order=newest&cursor=${next}`,
      `service=flights&cursor=${next}A`,
      `service=flights&cursor=${flipped}`,
      'service=flights&cursor=',
      'service=flights&cursor=!!!!',
    ]) {
      const answer = await get(query)
      assert.deepEqual([answer.statusCode, answer.json().code], [400, 'CURSOR_INVALID'], query)
    }
  })

  it('names the field that is wrong', async () => {
    const { get } = await filled(1)
    const cases: Record<string, RegExp> = {
      'limit=0': /^querystring\/limit: must be 1 to 1000\.$/,
      'limit=1001': /limit/,
      'limit=1e1': /^querystring\/limit: must match pattern/,
      'limit=1&limit=2': /^querystring\/limit: must be string/,
      'from=-1': /from/,
      'from=9999999999999999': /from: must be below 2\^53/,
      'order=up': /order/,
      'key=a': /key: needs service/,
      'service=': /service/,
      'colour=red': /unknown field "colour"/,
      '__proto__=1': /unknown field "__proto__"/,
      'constructor=1': /unknown field "constructor"/,
    }
    for (const [query, detail] of Object.entries(cases)) {
      const answer = await get(query)
      assert.equal(answer.statusCode, 400, query)
      assert.equal(answer.json().code, 'REQUEST_INVALID', query)
      assert.match(answer.json().detail, detail, query)
    }
  })
})

it('GET entries gives large ones in pages of few bytes, each of them once', async () => {
  const { app, base, ledger } = await testGateway()
  const payload = utf8(JSON.stringify('x'.repeat(60_000)))
  const all = Array.from({ length: 80 }, (_, i) => testStatement(ledger, `entry ${i}`, { payload }))
  await ledger.submit(await Promise.all(all))
  const found: number[] = []
  let pages = 0
  for (let cursor = ''; ; pages++) {
    const { body } = await app.inject(`${base}/entries?limit=1000${cursor}`)
    assert.ok(body.length < 8e6, `${body.length} bytes`)
    const page = JSON.parse(body)
    found.push(...page.entries.map(({ index }: Listed) => index))
    if (page.next === undefined) break
    cursor = `&cursor=${page.next}`
  }
  assert.deepEqual([found, pages], [all.map((_, i) => i), 1])
})
