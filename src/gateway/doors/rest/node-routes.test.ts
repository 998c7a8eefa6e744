import assert from 'node:assert/strict'
import { it } from 'node:test'
import { putObject } from '../../../testing/access.ts'
import { testGateway } from '../../../testing/gateway.ts'

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
