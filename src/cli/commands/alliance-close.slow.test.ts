import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { CborValue } from '@openbsn/sdk'
import { Check } from 'typebox/schema'
import { putObject } from '../../testing/access.ts'
import { actIn, testNetwork } from '../../testing/cli.ts'
import { command } from './alliance-close.ts'

it('bsn alliance close ends a proposal, and says how it ended', async (t) => {
  const network = await testNetwork(t)
  const shares = { quorum: [1, 2], threshold: [2, 3], lock: 60, votes: [], counted: [] }
  const about = { proposer: 'founder', title: 'Late', reason: 'T', acts: [] as CborValue[] }
  const proposal = { ...about, ...shares, begun: 100, deadline: 5000, status: 'rejected' }
  putObject(network.ledger, 'alliance', { members: ['founder'] })
  putObject(network.ledger, 'member/founder', { name: 'Founder' })
  putObject(network.ledger, 'proposal/p1', proposal)
  const closed = await network.run('alliance', 'close', 'p1', '--json')
  assert.equal(closed.code, 0, closed.stderr)
  assert.ok(Check(command.output, closed.json()), closed.stdout)
  assert.deepEqual([closed.json().proposal, closed.json().status], ['p1', 'rejected'])
  const { type, fields } = actIn(network)
  assert.deepEqual([type, fields], ['alliance-close', { id: 'p1' }])
})
