import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sha256, utf8 } from '@openbsn/sdk'
import { apiKeyOf } from '../../testing/access.ts'
import { testGatewayDeps } from '../../testing/gateway.ts'
import { credentialOf, LedgerWorld } from '../../testing/ledger-world.ts'
import { createMemoryQuery, createMemoryUsage } from '../../testing/memory-ledger.ts'
import { createGatewayApp } from '../gateway-app.ts'
import { gatewayOptions } from '../options.ts'
import { StateObjects } from './state-objects.ts'

describe('access over a real ledger', () => {
  it('is as the last block left it, at the very next request', async (t) => {
    const world = await LedgerWorld.create()
    t.after(() => world.remove())
    const { ledger } = world
    const served = {
      ...{ ledger, entries: createMemoryQuery(ledger), usage: createMemoryUsage(ledger) },
      frameworks: new Map(),
      isStopped: () => false,
    }
    const deps = { ...testGatewayDeps().deps, ledgers: [served], clock: world.clock }
    const app = await createGatewayApp(gatewayOptions({}), deps)
    const objects = new StateObjects(ledger)
    const ask = async (name: string) => {
      const headers = { authorization: `Bearer ${apiKeyOf(name)}` }
      const url = `/api/v1/ledgers/${ledger.id}/credentials/c1`
      const { code, status } = (await app.inject({ url, headers })).json()
      assert.equal(objects.get('credential/c1')?.get('status'), code ? undefined : status)
      return code ?? status
    }
    assert.equal(await ask('k1'), 'CREDENTIAL_UNKNOWN')
    await world.done('service-create', { id: 'flights', framework: 'records' })
    const apiKeys = [[sha256(utf8(apiKeyOf('k1'))), 'live_abcd']]
    await world.done('credential-create', credentialOf('c1', { apiKeys }))
    assert.equal(await ask('k1'), 'active')
    await world.done('credential-freeze', { id: 'c1', expect: 1 })
    assert.equal(await ask('k1'), 'frozen')
    await world.done('credential-unfreeze', { id: 'c1', expect: 2 })
    assert.equal(await ask('k1'), 'active')
    await world.done('credential-revoke', { id: 'c1', expect: 3 })
    assert.equal(await ask('k1'), 'revoked')
  })

  it('keeps no more than it may of what strangers ask for', async (t) => {
    const world = await LedgerWorld.create()
    t.after(() => world.remove())
    const objects = new StateObjects(world.ledger)
    for (let i = 0; i < 25_000; i++) objects.get(`apikey/${i}`)
    assert.ok(objects.size <= 10_000)
    assert.equal(objects.get('alliance')?.get('version') ?? 1, 1)
  })
})
