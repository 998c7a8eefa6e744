import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { filledGateway, testGateway } from '../../../testing/gateway.ts'

describe('ledgers', () => {
  it('are listed, and described', async () => {
    const { app, ledger, get } = await filledGateway(2)
    const { ledgers } = (await app.inject('/api/v1/ledgers')).json()
    const summary = {
      id: ledger.id,
      name: 'Test alliance',
      environment: 'live',
      height: 2,
      size: 2,
    }
    assert.deepEqual(ledgers, [summary])
    const info = (await get('')).json()
    assert.equal(info.time, 1_700_000_020)
    assert.equal(info.logRoot, Buffer.from(ledger.head.logRoot).toString('hex'))
    const [records, evm] = info.frameworks
    assert.deepEqual(
      [records.name, records.here, evm.name, evm.here],
      ['records', true, 'evm', false],
    )
    assert.deepEqual(records.functions[0], { name: 'put', scopes: ['records:write', 'log:read'] })
    assert.deepEqual([info.validators.length, info.validators[0].algorithm], [1, 'EdDSA'])
  })

  it('are not found by another id', async () => {
    const { app } = await testGateway()
    for (const id of ['bsn1', 'constructor', '__proto__', '%00', 'a'.repeat(90)]) {
      const answer = await app.inject(`/api/v1/ledgers/${id}`)
      assert.equal(answer.statusCode, 404, id)
      assert.equal(answer.json().code, 'LEDGER_NOT_FOUND', id)
    }
  })
})
