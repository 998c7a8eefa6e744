import assert from 'node:assert/strict'
import { it } from 'node:test'
import { putService } from '../../testing/access.ts'
import { testNetwork } from '../../testing/cli.ts'

it('bsn usage tells a service without records from one that is not there', async (t) => {
  const { run, ledger } = await testNetwork(t)
  putService(ledger, 'flights')
  const real = ledger.state
  ledger.state = (key) => ({ ...real(key), value: ledger.get(key) ?? null })
  assert.equal((await run('usage', '--service', 'flights')).code, 0)
  const { code, problem } = await run('usage', '--service', 'nosuch', '--json')
  assert.deepEqual([code, problem().code], [4, 'SERVICE_UNKNOWN'])
})
