import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readActs, readProposal } from '../../src/alliance/proposal-state.ts'
import { sizeAfter } from '../../src/ledger/blocks.ts'
import { readAlliance, readMember } from '../../src/ledger/modules/alliance-objects.ts'
import { readObject } from '../../src/ledger/state/state-view.ts'
import { verifyLedger } from '../../src/ledger/verify/verify-ledger.ts'
import { LedgerWorld } from '../../src/testing/ledger-world.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { Voters } from '../../src/testing/voters.ts'
import { chanceOf } from './rules-chance.ts'
import { type Refused, verifyRules } from './rules-verify.ts'
import { chooseDeed, encodedDeed, ids } from './votes-choices.ts'
import { type ModelProposal, type Said, VotesModel } from './votes-model.ts'

const prng = testPrng()
const chance = chanceOf(prng)
const { oneIn, oneOf, pick } = chance
const day = 86_400

/** A run of one ledger beside its model. */
type Run = {
  readonly world: LedgerWorld
  readonly model: VotesModel
  readonly refused: Refused[]
}

type Results = readonly [got: string, wanted: string]

/** Who signs, with which key, and what the ledger says where that key does not count. */
function chooseSigner({ world, model }: Run) {
  const signer = oneIn(10) ? oneOf('admin', ...ids) : pick(model.present, 'admin')
  const member = model.members.get(signer)
  const generation = Math.max(0, (member?.generation ?? 0) - (oneIn(15) ? 1 : 0))
  const key = namedSigner(model.keyOf(signer, generation))
  const voters = new Voters(world, { [signer]: key })
  if (!member) return { signer, voters, refusal: 'KEY_UNKNOWN' }
  const refusal = model.keyWorks(signer, generation) ? undefined : 'KEY_REVOKED'
  return { signer, voters, refusal }
}

/** One statement to ledger and model. */
async function step(run: Run, name: string): Promise<Results> {
  const { world, model, refused } = run
  const { signer, voters, refusal } = chooseSigner(run)
  const time = world.clock.now
  const place = { index: sizeAfter(world.ledger.head), height: world.ledger.head.height + 1, time }
  const does =
    model.proposals.size < 2 ? 'propose' : oneOf('propose', 'vote', 'vote', 'vote', 'end')
  const results = { propose: proposeBy, vote: voteBy, end: endBy }[does]
  const [got, wanted] = await results(run, voters, { signer, name, refusal })
  const isRuled = got !== 'appended' && got !== 'KEY_UNKNOWN'
  const isNew = !refused.some(({ code }) => code === got)
  if (isRuled && (isNew || oneIn(8)))
    refused.push({ statement: voters.statement, code: got, ...place })
  return [got, wanted]
}

type By = {
  readonly signer: string
  readonly name: string
  readonly refusal: string | undefined
}

async function proposeBy(
  { world, model }: Run,
  voters: Voters,
  { signer, name, refusal }: By,
): Promise<Results> {
  const time = world.clock.now
  const deeds = Array.from({ length: oneIn(4) ? 2 : 1 }, () => chooseDeed(model, chance))
  const deadline = time + oneOf(3600, day, 3 * day, oneIn(9) ? 3599 : 2 * day)
  const acts = deeds.map((deed) => encodedDeed(deed, model))
  const wanted = refusal ?? model.propose(name, deeds, { time, deadline })
  return [String(await voters.propose(name, acts, { from: signer, deadline })), wanted]
}

/** A proposal that something can be done with, mostly; undefined where there is none. */
function chooseProposal(model: VotesModel, isUsable: (one: ModelProposal) => boolean) {
  if (oneIn(25)) return pick([...model.proposals.keys(), 'none'], 'none')
  const usable = [...model.proposals].filter(([, one]) => isUsable(one)).map(([id]) => id)
  return usable[prng.int(0, Math.max(0, usable.length - 1))]
}

async function voteBy(run: Run, voters: Voters, by: By): Promise<Results> {
  const { world, model } = run
  const { signer, refusal } = by
  const time = world.clock.now
  const id = chooseProposal(
    model,
    ({ status, deadline, votes }) =>
      status === 'open' && deadline > time && (oneIn(20) || !votes.has(signer)),
  )
  if (id === undefined) return proposeBy(run, voters, by)
  const said = oneOf<Said>('yes', 'yes', 'yes', 'no', 'abstain')
  const deadline = model.proposals.get(id)?.deadline ?? time + 600
  const exp = Math.max(time + 1, deadline)
  const wanted = refusal ?? model.vote(id, signer, said, { time, exp })
  return [String(await voters.vote(id, signer, said, { exp })), wanted]
}

async function endBy(run: Run, voters: Voters, by: By): Promise<Results> {
  const { world, model } = run
  const { signer, refusal } = by
  const time = world.clock.now
  const id = chooseProposal(model, ({ status, due = 0, deadline }) => {
    const from = status === 'passed' ? due : deadline
    return /open|passed/.test(status) && (from <= time || oneIn(10))
  })
  if (id === undefined) return proposeBy(run, voters, by)
  const end = oneIn(3) ? 'close' : 'execute'
  const acts = readActs(readProposal(world.ledger, id)?.acts ?? []) ?? []
  const shown = world.ledger.tryVoted(acts)
  const got = String(await voters[end](id, signer))
  if (end === 'execute' && got === 'appended') cameAsShown(world, shown)
  return [got, refusal ?? model[end](id, time)]
}

/** Executed, a proposal has changed what was shown before, and so. */
function cameAsShown(
  { ledger }: LedgerWorld,
  shown: ReturnType<LedgerWorld['ledger']['tryVoted']>,
): void {
  assert.ok(!('code' in shown), JSON.stringify(shown))
  for (const { key, after } of shown) assert.deepEqual(readObject(ledger, key), after, key)
  changesShown += shown.length
}

/** Of proposals that were executed. */
let changesShown = 0

function compare(world: LedgerWorld, model: VotesModel, what: string): void {
  const { ledger } = world
  const { members, stopped } = readAlliance(ledger)
  assert.deepEqual([...members].sort(), model.present.sort(), what)
  assert.equal(stopped, model.alliance.stopped, what)
  for (const [id, { power, generation, gone, version }] of model.members) {
    const { name: _, ...member } = readMember(ledger, id) ?? assert.fail(id)
    const status = gone ? 'removed' : 'active'
    assert.deepEqual(member, { power, keysSince: generation, status, version }, `${what}: ${id}`)
  }
  for (const [id, { status, due, votes }] of model.proposals) {
    const found = readProposal(ledger, id) ?? assert.fail(id)
    assert.equal(found.status, status, `${what}: ${id}`)
    assert.equal(found.due, status === 'executed' ? found.due : due, `${what}: ${id}`)
    assert.deepEqual(new Map(found.votes.map(({ member, choice }) => [member, choice])), votes)
  }
}

async function runRound(round: number, counts: Map<string, number>): Promise<void> {
  const world = await LedgerWorld.create()
  try {
    await playRound({ world, model: new VotesModel(), refused: [] }, round, counts)
  } finally {
    await world.remove()
  }
}

async function playRound(run: Run, round: number, counts: Map<string, number>): Promise<void> {
  const { world, model, refused } = run
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
  for (let i = 0; i < 220; i++) {
    const [got, wanted] = await step(run, `p${i}`)
    assert.equal(got, wanted, `seed ${prng.seed}, round ${round}, step ${i}`)
    count(got)
    world.clock.now += oneIn(9) ? prng.int(day / 2, day) : prng.int(0, 300)
  }
  compare(world, model, `seed ${prng.seed}, round ${round}`)
  verifyRules(world, refused, `seed ${prng.seed}, round ${round}`)
  for (const { status } of model.proposals.values()) count(status)
  const { finding } = await verifyLedger(world.folder.path, { workers: 1 })
  assert.equal(finding, undefined)
}

describe('votes of an alliance, against a model in plain maps', () => {
  it('come to the same, and the verifier says so', async (t) => {
    const counts = new Map<string, number>()
    for (let round = 0; round < 3; round++) await runRound(round, counts)
    t.diagnostic(`seed ${prng.seed}: ${JSON.stringify(Object.fromEntries(counts))}`)
    for (const one of ['executed', 'rejected', 'ALREADY_VOTED', 'PROPOSAL_NOT_DUE']) {
      assert.ok(counts.has(one), `seed ${prng.seed}: none ${one}`)
    }
    assert.ok(changesShown > 0)
  })
})
