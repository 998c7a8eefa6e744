import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type CborMap, type Recount, readVote, recountProposal, type Vote } from '@openbsn/sdk'
import { decodeHeader, decodeItem } from '../../src/ledger/export/export-format.ts'
import { exportLedger } from '../../src/ledger/export/export-ledger.ts'
import { ItemReader } from '../../src/ledger/export/item-file.ts'
import { createActReplay } from '../../src/ledger/verify/act-replay.ts'
import { LedgerWorld } from '../../src/testing/ledger-world.ts'
import { carried, Voters } from '../../src/testing/voters.ts'

const day = 86_400

/** Proposals that end in every way. */
async function votedLedger(): Promise<LedgerWorld> {
  const world = await LedgerWorld.create()
  const voters = new Voters(world)
  await voters.admit('bob', 'eve', 'kim')
  const power = carried('alliance-power', { id: 'bob', expect: 1, power: 2 })
  await voters.decide('power', [power], ['admin', 'bob', 'eve'])
  const deadline = world.clock.now + 2 * day
  for (const id of ['late', 'none', 'open', 'no']) {
    await voters.propose(id, [carried('alliance-stop', {})], { deadline: deadline + day })
  }
  await voters.vote('late', 'bob')
  await voters.vote('late', 'eve')
  await voters.vote('late', 'kim', 'no')
  await voters.vote('none', 'kim')
  await voters.vote('no', 'bob', 'no')
  world.clock.now = deadline + day
  await voters.close('none')
  await voters.execute('late')
  const resume = carried('alliance-resume', {})
  await voters.propose('resume', [resume])
  await voters.vote('resume', 'bob')
  await voters.vote('resume', 'admin', 'abstain')
  return world
}

/** Everything from the file: proposals and members by the rules, votes by their statements. */
async function readExport(file: string) {
  const reader = await ItemReader.open(file)
  const replay = createActReplay(decodeHeader((await reader.next()) ?? assert.fail()).genesis)
  const objects = new Map<string, CborMap>()
  const votes: Vote[] = []
  let index = 0
  for (let item = await reader.next(); item; item = await reader.next()) {
    const block = decodeItem(item)
    if (!('statements' in block)) continue
    const { height, time } = block
    for (const bytes of block.statements) {
      const { changes } = replay.apply({ index: index++, height, time, bytes })
      for (const { key, after } of changes) objects.set(key, after as CborMap)
      const vote = readVote(bytes)
      if (vote) votes.push(vote)
    }
  }
  await reader.close()
  return { objects, votes }
}

function recount({ objects, votes }: Awaited<ReturnType<typeof readExport>>, id: string): Recount {
  const object = objects.get(`proposal/${id}`) ?? assert.fail(id)
  const members = [...objects].filter(([key]) => key.startsWith('member/'))
  const powers = new Map(members.map(([key, one]) => [key.slice(7), Number(one.get('power') ?? 1)]))
  powers.set('admin', 1)
  return recountProposal(id, object, {
    votes: votes.filter(({ proposal }) => proposal === id),
    powers,
  })
}

describe('votes from an export alone', () => {
  it('come to what the ledger says, and what was changed shows', async () => {
    const world = await votedLedger()
    const file = join(world.folder.path, 'export')
    await world.ledger.close()
    await exportLedger(world.folder.path, file)
    const read = await readExport(file)
    const wanted = { power: 'passed', late: 'passed', none: 'rejected', no: 'rejected' }
    for (const [id, decision] of Object.entries({ ...wanted, resume: undefined })) {
      const { wrong, decision: found, tally } = recount(read, id)
      assert.deepEqual([wrong, found], [undefined, decision], `${id}: ${JSON.stringify(tally)}`)
    }
    assert.equal(recount(read, 'late').tally.yes, 3)
    const changed = (change: (vote: Vote) => Vote[]) => ({
      ...read,
      votes: read.votes.flatMap(change),
    })
    const damages: [RegExp, (vote: Vote) => Vote[]][] = [
      [/has 3 votes, not 2/, (one) => (one.member === 'kim' ? [] : [one])],
      [
        /vote of kim is another/,
        (one) => (one.member === 'kim' ? [{ ...one, choice: 'yes' }] : [one]),
      ],
      [/about another text/, (one) => [{ ...one, digest: new Uint8Array(32) }]],
    ]
    for (const [why, change] of damages) {
      assert.match(recount(changed(change), 'late').wrong ?? '', why)
    }
    read.objects.get('proposal/late')?.set('status', 'rejected')
    assert.match(recount(read, 'late').wrong ?? '', /it is rejected, and the votes say passed/)
    world.folder.remove()
  })
})
