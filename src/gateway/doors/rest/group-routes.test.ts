import assert from 'node:assert/strict'
import { it } from 'node:test'
import { putObject } from '../../../testing/access.ts'
import { testGateway, testGatewayDeps } from '../../../testing/gateway.ts'
import type { MemoryLedger } from '../../../testing/memory-ledger.ts'

const idOf = (digit: string) => `bsn1${digit.repeat(40)}`
const facts = { operator: 'a', city: 'x', country: 'XX', latitude: 0, longitude: 0 }

function put(ledger: MemoryLedger, id: string, more: Record<string, string | string[]>): void {
  const own = { gateway: `https://${id}.example`, software: '1', frameworks: [], status: 'active' }
  putObject(ledger, `node/${id}`, { ...facts, ...own, ...more })
}

/** The groups `east`, kept by n1 and n2, and `west`, which is retired. */
async function gatewayWithGroups() {
  const made = await testGateway()
  const { ledger } = made
  putObject(ledger, 'group/east', { ledger: idOf('a'), status: 'active' })
  putObject(ledger, 'group/west', { ledger: idOf('b'), status: 'retired' })
  put(ledger, 'n1', { groups: ['east', 'west'] })
  put(ledger, 'n2', { groups: ['east'] })
  put(ledger, 'n3', {})
  put(ledger, 'n4', { groups: ['east'], status: 'retired' })
  return made
}

it('GET /groups lists groups and who keeps them, and shows one', async () => {
  const { app, base } = await gatewayWithGroups()
  const get = async (path: string) => (await app.inject(base + path)).json()
  const nodes = ['n1', 'n2'].map((id) => ({ id, operator: 'a', gateway: `https://${id}.example` }))
  const east = { id: 'east', ledger: idOf('a'), status: 'active', version: 1, nodes }
  assert.deepEqual(await get('/groups/east'), east)
  const west = { id: 'west', ledger: idOf('b'), status: 'retired', version: 1, nodes: [] }
  assert.deepEqual(await get('/groups'), { groups: [east, west] })
  assert.deepEqual(await get('/groups?status=retired'), { groups: [west] })
  assert.equal((await get('/groups/north')).code, 'OBJECT_NOT_FOUND')
  assert.deepEqual((await get('/nodes/n2')).groups, ['east'])
})

it('a gateway that does not serve a group says who does', async () => {
  const { app } = await gatewayWithGroups()
  for (const path of ['', '/nodes', '/state?key=alliance', '/services/s/records']) {
    const answer = await app.inject(`/api/v1/ledgers/${idOf('a')}${path}`)
    const { code, gateways, detail } = answer.json()
    assert.deepEqual([answer.statusCode, code], [404, 'LEDGER_ELSEWHERE'], path)
    assert.deepEqual(gateways, ['https://n1.example', 'https://n2.example'])
    assert.match(detail, /group east: ask https:\/\/n1\.example, https:\/\/n2\.example\.$/)
  }
  for (const id of [idOf('b'), idOf('c')]) {
    const { code, gateways } = (await app.inject(`/api/v1/ledgers/${id}`)).json()
    assert.deepEqual([code, gateways], ['LEDGER_NOT_FOUND', undefined])
  }
})

it('a ledger of a group is listed by its name', async () => {
  const parts = testGatewayDeps()
  const ledgers = parts.deps.ledgers.map((served) => ({ ...served, group: 'east' }))
  const { app, base } = await testGateway({}, { ...parts, deps: { ...parts.deps, ledgers } })
  assert.equal((await app.inject(base)).json().group, 'east')
  assert.equal((await app.inject('/api/v1/ledgers')).json().ledgers[0].group, 'east')
})
