import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { putObject, putService } from '../testing/access.ts'
import { testGatewayDeps } from '../testing/gateway.ts'
import { frameworkOf, requireFramework } from './framework-of.ts'

describe('the framework of a service', () => {
  const { deps, ledger } = testGatewayDeps()
  const [served] = deps.ledgers
  assert.ok(served)
  const gateway = 'https://lisboa.example'
  putService(ledger, 'flights')
  putService(ledger, 'coin', { framework: 'evm' })
  putService(ledger, 'far', { framework: 'evm', nodes: ['lisboa', 'gone'] })
  putObject(ledger, 'node/lisboa', { gateway })

  it('is found by what the state says', () => {
    assert.equal(frameworkOf(served, 'flights'), served.frameworks.get('records'))
    assert.equal(requireFramework(served, 'flights', 'records').name, 'records')
  })

  it('is refused where this node does not run it, and who may is named', () => {
    assert.throws(() => frameworkOf(served, 'none'), { code: 'SERVICE_UNKNOWN' })
    assert.throws(() => frameworkOf(served, 'coin'), { code: 'SERVICE_ELSEWHERE' })
    const named = { code: 'SERVICE_ELSEWHERE', details: { gateways: gateway } }
    assert.throws(() => frameworkOf(served, 'far'), named)
  })

  it('is refused where a path is for another one', () => {
    const message = 'flights is a service of records; this is for services of evm.'
    const refused = { code: 'FRAMEWORK_DIFFERS', message }
    assert.throws(() => requireFramework(served, 'flights', 'evm'), refused)
    assert.throws(() => requireFramework(served, 'coin', 'records'), { code: 'FRAMEWORK_DIFFERS' })
    assert.throws(() => requireFramework(served, 'coin', 'evm'), { code: 'SERVICE_ELSEWHERE' })
  })
})
