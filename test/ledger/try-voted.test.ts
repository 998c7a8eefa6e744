import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readActs } from '../../src/alliance/proposal-state.ts'
import { LedgerWorld } from '../../src/testing/ledger-world.ts'
import { carried } from '../../src/testing/voters.ts'

it('acts that are tried say what they would change, and change nothing', async () => {
  const world = await LedgerWorld.create()
  const acts = (...names: string[]) => readActs(names.map((one) => carried(one, {}))) ?? []
  const tried = world.ledger.tryVoted(acts('alliance-stop', 'alliance-resume', 'alliance-stop'))
  assert.ok(!('code' in tried))
  const [change] = tried
  assert.deepEqual([tried.length, change?.key], [1, 'alliance'])
  assert.deepEqual([change?.before?.get('version'), change?.after?.get('version')], [1, 4])
  assert.deepEqual([change?.before?.has('stopped'), change?.after?.get('stopped')], [false, true])
  const refused = world.ledger.tryVoted(acts('alliance-stop', 'alliance-stop'))
  assert.ok('code' in refused)
  assert.equal(refused.code, 'ACT_CONFLICT')
  assert.equal(world.ledger.tryVoted([]).toString(), '')
  await world.remove()
})
