import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { CborValue } from '@openbsn/sdk'
import { Check } from 'typebox/schema'
import { putObject } from '../../testing/access.ts'
import { testNetwork } from '../../testing/cli.ts'
import { command as execute } from './alliance-execute.ts'
import { command as vote } from './alliance-vote.ts'

async function withProposal(t: TestContext) {
  const network = await testNetwork(t)
  const shares = { quorum: [1, 2], threshold: [2, 3], lock: 60, votes: [], counted: [] }
  const about = { proposer: 'founder', title: 'Late', reason: 'T', acts: [] as CborValue[] }
  const proposal = { ...about, ...shares, begun: 100, deadline: 1_800_000_000, status: 'open' }
  putObject(network.ledger, 'alliance', { members: ['founder'] })
  putObject(network.ledger, 'member/founder', { name: 'Founder' })
  putObject(network.ledger, 'proposal/p1', proposal)
  return network
}

it('bsn alliance vote --dry-run checks, and sends nothing', async (t) => {
  const { run, ledger } = await withProposal(t)
  const before = ledger.head.height
  const dry = await run('alliance', 'vote', 'p1', 'yes', '--dry-run', '--json')
  assert.ok(Check(vote.output, dry.json()), dry.stderr)
  assert.deepEqual([dry.json().choice, dry.json().dryRun], ['yes', true])
  assert.equal(ledger.head.height, before)
  assert.equal((await run('alliance', 'vote', 'p2', 'yes', '--dry-run')).code, 4)
})

it('bsn alliance execute --dry-run says where it stands, and sends nothing', async (t) => {
  const { run, ledger } = await withProposal(t)
  const before = ledger.head.height
  const dry = await run('alliance', 'execute', 'p1', '--dry-run', '--json')
  assert.ok(Check(execute.output, dry.json()), dry.stderr)
  assert.deepEqual([dry.json().status, dry.json().dryRun], ['open', true])
  assert.equal(ledger.head.height, before)
})
