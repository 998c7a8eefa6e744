import assert from 'node:assert/strict'
import { it } from 'node:test'
import { testCli } from '../../testing/cli.ts'
import { requireConcerned } from './audit.ts'

it('bsn audit refuses the name of an act that there is not, before it asks anybody', async () => {
  const argv = ['audit', '--gateway', 'http://127.0.0.1:9', '--json', '--act']
  const near = await testCli([...argv, 'service-frieze'])
  assert.deepEqual([near.code, near.problem().code], [2, 'CLI_OPTION_INVALID'])
  assert.match(String(near.problem().detail), /is it service-freeze\?/)
  const far = await testCli([...argv, 'foo'])
  assert.match(String(far.problem().detail), /there are: .*credential-create/)
})

it('bsn audit says that a service is not there, by the acts that were checked', () => {
  const change = { key: 'service/flights', before: undefined, after: new Map() }
  const acts = [{ changes: [change] }]
  requireConcerned(undefined, acts)
  requireConcerned('flights', acts)
  assert.throws(() => requireConcerned('nosuch', acts), { code: 'SERVICE_UNKNOWN' })
})
