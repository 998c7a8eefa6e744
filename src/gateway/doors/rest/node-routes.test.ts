import assert from 'node:assert/strict'
import { it } from 'node:test'
import { putObject } from '../../../testing/access.ts'
import { testGateway, testGatewayDeps } from '../../../testing/gateway.ts'
import { createMemoryLedger } from '../../../testing/memory-ledger.ts'

it('GET /nodes lists city nodes, and shows one', async () => {
  const { app, base, ledger } = await testGateway()
  const place = { city: 'Nairobi', country: 'KE', latitude: -1_286_389, longitude: 36_817_223 }
  const rest = { gateway: 'https://n1.example', software: '1', frameworks: ['records'] }
  putObject(ledger, 'node/n1', { operator: 'a', ...place, ...rest, status: 'active', x: 'y' })
  const second = { operator: 'b', ...place, country: 'DE', ...rest, status: 'retired' }
  putObject(ledger, 'node/n2', second)
  const get = async (path: string) => (await app.inject(base + path)).json()
  const n1 = { id: 'n1', operator: 'a', ...place, ...rest, status: 'active', version: 1 }
  assert.deepEqual(await get('/nodes/n1'), n1)
  assert.deepEqual((await get('/nodes?country=KE&operator=a&status=active')).nodes, [n1])
  assert.equal((await get('/nodes')).nodes.length, 2)
  assert.equal((await get('/nodes/n3')).code, 'OBJECT_NOT_FOUND')
})

const facts = {
  ...{ operator: 'a', city: 'Nairobi', country: 'KE', latitude: 0, longitude: 0 },
  ...{ gateway: 'https://n1.example', software: '1', frameworks: ['records'] },
}

it('GET /nodes of the gateway lists those of every ledger, page by page', async () => {
  const parts = testGatewayDeps()
  const second = { ...createMemoryLedger(), id: 'bsn1second' }
  const [served] = parts.deps.ledgers
  assert.ok(served)
  const ledgers = [served, { ...served, ledger: second }]
  const { app, ledger } = await testGateway({}, { ...parts, deps: { ...parts.deps, ledgers } })
  for (const id of ['n1', 'n2', 'n3'])
    putObject(ledger, `node/${id}`, { ...facts, status: 'active' })
  putObject(second, 'node/n1', { ...facts, status: 'active' })
  putObject(second, 'node/n4', { ...facts, status: 'retired' })
  const get = async (query: string) => (await app.inject(`/api/v1/nodes?${query}`)).json()
  const namesIn = (page: { nodes: { ledger: string; id: string }[] }) =>
    page.nodes.map((one) => `${one.ledger === ledger.id ? 'live' : 'second'} ${one.id}`)
  const every = ['live n1', 'live n2', 'live n3', 'second n1', 'second n4']
  assert.deepEqual(namesIn(await get('')), every)
  for (const limit of [1, 2, 3, 4]) {
    const found: string[] = []
    let cursor = ''
    do {
      const page = await get(`limit=${limit}${cursor}`)
      assert.ok(page.nodes.length <= limit)
      found.push(...namesIn(page))
      cursor = page.next === undefined ? '' : `&cursor=${page.next}`
    } while (cursor !== '')
    assert.deepEqual(found, every, `limit ${limit}`)
  }
  assert.deepEqual(namesIn(await get('status=retired')), ['second n4'])
  for (const cursor of ['x.', 'x', `${ledger.id}.x`]) {
    assert.equal((await get(`cursor=${cursor}`)).code, 'CURSOR_INVALID')
  }
})

it('GET /nodes says that this node is there, and nothing of one not asked', async () => {
  const { app, base, ledger } = await testGateway()
  putObject(ledger, 'node/test', { ...facts, status: 'active' })
  putObject(ledger, 'node/other', { ...facts, gateway: 'http://10.0.0.1', status: 'active' })
  const { nodes } = (await app.inject(`${base}/nodes`)).json()
  const now = 1_700_000_500
  const height = ledger.head.height
  const own = { asked: now, seen: now, latencyMs: 0, height, behind: 0 }
  assert.deepEqual(
    nodes.map((one: { liveness?: unknown }) => one.liveness),
    [undefined, own],
  )
})
