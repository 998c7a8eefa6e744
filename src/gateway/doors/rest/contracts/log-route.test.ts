import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ContractLogQuery } from '../../../../frameworks/fabric/host/contract-log.ts'
import { apiKeyOf, putCredential, putObject } from '../../../../testing/access.ts'
import { bsnGateway } from '../../../../testing/bsn-gateway.ts'
import { fabricOf } from '../../../../testing/hosted-channel.ts'

it('a contract log is told to credentials of the publisher, as much as they ask for', async (t) => {
  const asked: ContractLogQuery[] = []
  const fabric = {
    ...fabricOf(() => undefined),
    contractLog: async (query: ContractLogQuery) => {
      asked.push(query)
      return query.contract === 'assets' ? { lines: ['up', 'sold a1'], isCut: true } : undefined
    },
  }
  const frameworks = new Map([['fabric', { name: 'fabric' } as never]])
  const { app, base, ledger } = await bsnGateway(t, { served: { fabric, frameworks } })
  const scopes = ['log:read']
  const participant = { participant: 'bank' }
  const active = { role: 'teller', status: 'active', owner: 'participant/coin/bank' }
  putObject(ledger, 'participant/coin/bank', active)
  putCredential(ledger, 'reader', { service: 'coin', scopes })
  putCredential(ledger, 'bank-reader', { service: 'coin', scopes, ...participant })
  putCredential(ledger, 'flights-reader', { service: 'flights', scopes })
  const get = async (path: string, as = 'reader') => {
    const headers = { authorization: `Bearer ${apiKeyOf(as)}` }
    return (await app.inject({ url: `${base}/services/${path}`, headers })).json()
  }
  const log = 'coin/contracts/assets/log'
  assert.deepEqual(await get(log), { lines: ['up', 'sold a1'], isCut: true })
  assert.deepEqual(await get(`${log}?lines=5`), { lines: ['up', 'sold a1'], isCut: true })
  const query = { service: 'coin', contract: 'assets' }
  assert.deepEqual(asked, [
    { ...query, linesMax: 200 },
    { ...query, linesMax: 5 },
  ])
  const code = async (...how: Parameters<typeof get>) => (await get(...how)).code
  assert.equal(await code('coin/contracts/other/log'), 'CONTRACT_NOT_FOUND')
  assert.equal(await code(log, 'bank-reader'), 'CONTRACT_LOG_REFUSED')
  assert.equal(await code(log, 'flights-reader'), 'CREDENTIAL_SERVICE_MISMATCH')
  assert.equal(await code('flights/contracts/assets/log', 'flights-reader'), 'FRAMEWORK_DIFFERS')
  for (const lines of ['0', '2001', 'x']) {
    assert.equal(await code(`${log}?lines=${lines}`), 'REQUEST_INVALID')
  }
})
