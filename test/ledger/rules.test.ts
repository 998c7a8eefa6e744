import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeCbor, toHex, verifyReceipts, verifyStateProof } from '@openbsn/sdk'
import { keyOf, LedgerWorld } from '../../src/testing/ledger-world.ts'
import { membersModule } from '../../src/testing/members-module.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { chanceOf } from './rules-chance.ts'
import { type ModelStatement, RulesModel } from './rules-model.ts'
import { objectsOf, plain } from './rules-objects.ts'
import { actStatement, controlType, recordStatement, sign } from './rules-statements.ts'
import { type Refused, verifyRules } from './rules-verify.ts'

const prng = testPrng()
const chance = chanceOf(prng)
const { oneIn } = chance

/** What a run keeps to be looked at when it is over. */
type Run = {
  readonly world: LedgerWorld
  readonly model: RulesModel
  readonly counts: Map<string, number>
  readonly refused: Refused[]
}

/** Runs blocks through ledger and model, and counts what became of the statements. */
async function runBlocks(run: Run, blocks: number): Promise<void> {
  const { world, model } = run
  const sent: ModelStatement[] = []
  for (let block = 0; block < blocks; block++) {
    const batch = Array.from({ length: prng.int(1, 8) }, (): ModelStatement => {
      const old = sent[prng.int(0, sent.length)]
      if (old && oneIn(7)) return old
      // At first there is nothing to write to.
      const isAct = block < 15 ? !oneIn(5) : oneIn(3)
      return (isAct ? actStatement : recordStatement)(model, world.clock.now, chance)
    })
    sent.push(...batch)
    await runBlock(run, batch, `seed ${prng.seed}, block ${block}`)
    world.clock.now += oneIn(8) ? prng.int(-60, 100) : prng.int(0, 10)
    if (oneIn(25)) world.clock.now += prng.int(20_000, 86_400)
    if (oneIn(25)) await world.reopen()
  }
}

async function runBlock(run: Run, batch: readonly ModelStatement[], what: string): Promise<void> {
  const { world, model } = run
  const known = new Set(model.books.keys.keys())
  const time = Math.max(model.time, world.clock.now)
  const place = { height: model.height + 1, time }
  let index = model.size
  const wanted = model.submit(batch, world.clock.now)
  const bytes = await Promise.all(batch.map((one) => sign(one, world.id)))
  const outcomes = await world.ledger.submit(bytes)
  batch.forEach((one, i) => {
    const { outcome, authority: _, ...rest } = outcomes[i] ?? assert.fail('one outcome each')
    const got = { outcome, ...('code' in rest ? { code: rest.code } : rest) }
    assert.deepEqual(got, wanted[i], `${what}, statement ${i}: ${JSON.stringify(one)}`)
    const code = 'code' in rest ? rest.code : outcome
    count(run, outcome === 'appended' ? [code, one.act?.does] : [code])
    if (outcome === 'appended') index++
    const statement = bytes[i]
    if (isRuled(code) && known.has(one.key) && statement && oneIn(80)) {
      run.refused.push({ statement, code, index, ...place })
    }
  })
  const { height, time: last, firstIndex, count: size } = world.ledger.head
  assert.deepEqual([height, last, firstIndex + size], [model.height, model.time, model.size], what)
}

/** Refused by a rule that the verifier has, too: it finds conflicts of ids in another place. */
const isRuled = (code: string) => !['appended', 'duplicate', 'ACT_ID_CONFLICT'].includes(code)

function count({ counts }: Run, names: readonly (string | undefined)[]): void {
  for (const name of names) if (name) counts.set(name, (counts.get(name) ?? 0) + 1)
}

function verifyAll({ world, model, refused }: Run): void {
  const { keys, ledger } = world
  for (let index = 0; index < model.size; index++) {
    const entry = ledger.entry(index)
    assert.ok(entry)
    const { height } = verifyReceipts(entry.statement, ledger.receipts(index), keys)
    assert.equal(height, entry.height)
  }
  const wanted = objectsOf(model.books)
  for (const key of wanted.keys()) {
    const { value, proof, block } = ledger.state(key)
    verifyStateProof(proof, { stateRoot: block.stateRoot, key, value })
  }
  assert.deepEqual(objectsIn(world), wanted, `seed ${prng.seed}`)
  verifyRules(world, refused, `seed ${prng.seed}`)
}

/** The whole state but what only the ledger's own modules read, a page at a time. */
function objectsIn({ ledger }: LedgerWorld): Map<string, unknown> {
  const found = new Map<string, unknown>()
  for (let after: string | undefined; ; ) {
    const page = ledger.objects('', after, 7)
    for (const { key, value } of page) found.set(key, plain(decodeCbor(value)))
    after = page.at(-1)?.key
    if (after === undefined) break
  }
  for (const key of found.keys()) if (/^(module|validators)/.test(key)) found.delete(key)
  return new Map([...found].sort())
}

/** Two more members, by an act that only tests have. */
async function addMembers({ world, model }: Run): Promise<void> {
  for (const id of ['bob', 'eve']) {
    const key = `member ${id}`
    await world.done('member-add', { id, key: keyOf(key) })
    const payload = { does: 'member-add', fields: { id, key } }
    const now = world.clock.now
    const claims = { aud: 'here', iss: 'admin', sub: 'bsn:members', iat: now, exp: now + 600 }
    const form = { type: controlType('member-add'), payload: id, act: payload, cti: `add ${id}` }
    model.submit([{ kind: 'act', key: 'member', ...claims, ...form } as ModelStatement], now)
  }
}

/** The same blocks, executed by another node: it must come to the same hashes. */
async function replay(world: LedgerWorld): Promise<void> {
  const other = await LedgerWorld.create({ modules: [membersModule] })
  assert.equal(other.id, world.id)
  const { application } = other.ledger
  for (let height = 1; height <= world.ledger.head.height; height++) {
    const { time, firstIndex, count, appHash, signatures } = world.block(height)
    const statements = Array.from({ length: count }, (_, i) => {
      return world.ledger.entry(firstIndex + i)?.statement ?? new Uint8Array()
    })
    const results = await application.check(statements)
    const proposal = application.process({ height, time }, results)
    assert.ok(!('unfit' in proposal), JSON.stringify(proposal))
    const execution = application.execute(proposal)
    assert.equal(toHex(execution.block.appHash), toHex(appHash), `height ${height}`)
    application.execute({ ...proposal, statements: [] })
    await application.commit(execution, signatures)
  }
  assert.equal(toHex(other.ledger.head.appHash), toHex(world.ledger.head.appHash))
  await other.remove()
}

describe('the rules of a ledger, against a model in plain maps', () => {
  it('give the same outcome for every statement, over restarts and moving clocks', async (t) => {
    const counts = new Map<string, number>()
    const isEnough = () => counts.size >= 35 && (counts.get('appended') ?? 0) > 200
    // An early freeze or a revoked administrator can waste a round: then more are played.
    for (let round = 0; round < 4 || (round < 12 && !isEnough()); round++) {
      const world = await LedgerWorld.create({ memtableEntries: 64, modules: [membersModule] })
      const run = { world, model: new RulesModel(world.clock.now), counts, refused: [] }
      if (round % 2 === 1) await addMembers(run)
      await runBlocks(run, 110)
      verifyAll(run)
      await replay(world)
      await world.remove()
      assert.deepEqual(world.failures, [])
    }
    t.diagnostic(`seed ${prng.seed}: ${JSON.stringify(Object.fromEntries(counts))}`)
    assert.ok(isEnough(), `seed ${prng.seed}: only ${[...counts.keys()]}`)
  })
})
