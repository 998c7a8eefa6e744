import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { actIn, testNetwork } from '../testing/cli.ts'

describe('a service, by options', () => {
  it('is registered with what was chosen', async (t) => {
    const network = await testNetwork(t)
    const how = ['--key-mode', 'key-trust', '--role', 'r=put,get', '--function', 'put', '--draft']
    assert.equal((await network.run('service', 'create', 'pledges', ...how)).code, 0)
    const { module, type, fields } = actIn(network)
    assert.deepEqual([module, type], ['bsn:services', 'service-create'])
    assert.deepEqual(fields, {
      ...{ id: 'pledges', framework: 'records', keyMode: 'key-trust', draft: true },
      ...{ functions: ['put'], roles: [['r', ['put', 'get']]] },
    })
    for (const bad of [
      ['--role', 'r'],
      ['--access', 'closed'],
      ['--key-mode', 'x'],
    ]) {
      assert.equal((await network.run('service', 'create', 'other', ...bad)).code, 2)
    }
  })

  it('sends nothing where nothing is to change, or where it is a dry run', async (t) => {
    const { run, ledger } = await testNetwork(t)
    for (const argv of [
      ['service', 'update', 'pledges'],
      ['node', 'update', 'lima'],
      ['webhook', 'replay', 'wh_1', '--credential', '/nowhere'],
      ['events', 'listen', '--credential', '/nowhere', '--forward', 'ftp://x'],
      ['usage', '--from', 'yesterday'],
    ]) {
      const { code } = await run(...argv)
      assert.ok([2, 4].includes(code), `${argv.join(' ')}: ${code}`)
    }
    const apply = await run('participant', 'apply', 'pledges', '--role', 'r', '--dry-run', '--json')
    assert.deepEqual([apply.code, apply.json().dryRun], [0, true])
    assert.equal(ledger.head.height, 0)
  })
})
