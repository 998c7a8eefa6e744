import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { readProposal } from '../alliance/proposal-state.ts'
import { createLogger } from '../gateway/logger.ts'
import { readAlliance } from '../ledger/modules/alliance-objects.ts'
import { keyOf, LedgerWorld } from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { carried, Voters } from '../testing/voters.ts'
import { createProposalExecutor } from './execute-proposals.ts'

const day = 86_400
const policy = (expect: number) => carried('alliance-policy', { expect, serviceReview: true })

let world: LedgerWorld
let voters: Voters
const lines: string[] = []
const statusOf = (id: string) => readProposal(world.ledger, id)?.status

const executor = (node: string) => {
  const logger = createLogger(
    { service: 'bsn', node },
    { stream: { write: (line) => void lines.push(line) } },
  )
  const { ledger, clock } = world
  const operator = { id: 'admin', signer: namedSigner('operator') }
  return createProposalExecutor({ node }, { ledger, operator, clock, logger })
}
const size = () => world.ledger.head.firstIndex + world.ledger.head.count
async function pass(id: string): Promise<number> {
  if (readAlliance(world.ledger).members.length === 1) await voters.admit('bob')
  await voters.propose(id, [policy(2)])
  for (const member of ['admin', 'bob']) await voters.vote(id, member)
  assert.equal(statusOf(id), 'passed')
  return readProposal(world.ledger, id)?.due ?? assert.fail()
}

describe('nodes execute what the members decided', () => {
  beforeEach(async () => {
    world = await LedgerWorld.create()
    voters = new Voters(world)
    await world.done('operator-key-register', { key: keyOf('operator') })
    for (const id of ['athens', 'berlin', 'cairo']) {
      const facts = { city: id, country: 'ZZ', latitude: 1, longitude: 2, software: 'x' }
      const gateway = `https://${id}.example.org`
      await world.done('node-register', { id, ...facts, gateway, frameworks: ['records'] })
    }
  })
  afterEach(() => world.remove())

  it('when the time lock is over, the first node by name first', async () => {
    const due = await pass('review')
    const [athens, cairo] = [executor('athens'), executor('cairo')]
    const at = async (seconds: number, one: typeof athens) => {
      world.clock.now = due + seconds
      await one.tick()
      return statusOf('review')
    }
    assert.equal(await at(-1, athens), 'passed')
    assert.equal(await at(7, cairo), 'passed')
    assert.equal(await at(8, cairo), 'executed')
    const before = size()
    assert.equal(await at(9, athens), 'executed')
    assert.equal(size(), before)
  })

  it('at once where it is the first, and again only where it was not decided', async () => {
    world.clock.now = await pass('review')
    const before = size()
    const one = executor('athens')
    await one.tick()
    await one.tick()
    assert.deepEqual([statusOf('review'), size()], ['executed', before + 1])
    assert.match(lines.at(-1) ?? '', /"event":"proposal.executed"/)
  })

  it('also what was decided by its deadline alone, and not what was not', async () => {
    // Two of four are enough where the others say nothing, but they could say no until then.
    await voters.admit('bob', 'eve', 'kim')
    await voters.propose('quiet', [policy(4)])
    await voters.vote('quiet', 'admin')
    await voters.propose('late', [policy(4)])
    for (const member of ['admin', 'bob']) await voters.vote('late', member)
    assert.equal(statusOf('late'), 'open')
    const one = executor('athens')
    world.clock.now += 3 * day
    await one.tick()
    assert.deepEqual([statusOf('late'), statusOf('quiet')], ['executed', 'open'])
  })

  it('and leave to people what does not run any more', async () => {
    const [first, second] = [await pass('one'), await pass('two')]
    world.clock.now = Math.max(first, second)
    const one = executor('athens')
    await one.tick()
    assert.deepEqual([statusOf('one'), statusOf('two')].toSorted(), ['executed', 'passed'])
    assert.ok(lines.some((line) => /"event":"proposal.refused".*VERSION_STALE/.test(line)))
    const told = lines.length
    world.clock.now += 60
    await one.tick()
    assert.equal(lines.length, told)
  })
})
