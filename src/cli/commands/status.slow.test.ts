import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Check } from 'typebox/schema'
import { closedPort, testCli, testNetwork } from '../../testing/cli.ts'
import { command as status } from './status.ts'

describe('bsn status', () => {
  it('shows where the ledger stands', async (t) => {
    const { run, put, ledger, gateway } = await testNetwork(t)
    await put(['-'], '[1,2,3]')
    const { code, json } = await run('status', '--json')
    assert.equal(code, 0)
    assert.ok(Check(status.output, json()))
    const { height, entries, ready, ledger: id } = json()
    assert.deepEqual([height, entries, ready, id], [1, 3, true, ledger.id])
    assert.match((await run('status')).stdout, /^gateway: .*\nready: +yes\n/)
    // Without a profile the gateway says which ledger it serves.
    const alone = await testCli(['status', '--gateway', gateway, '--json'])
    assert.equal(alone.json().ledger, ledger.id)
  })

  it('ends with 7 where nobody answers, with 2 for an address that is none', async (t) => {
    const { run } = await testNetwork(t)
    const down = await run('status', '--gateway', `http://127.0.0.1:${await closedPort()}`)
    assert.equal(down.code, 7)
    assert.equal((await run('status', '--gateway', 'localhost')).code, 2)
  })
})
