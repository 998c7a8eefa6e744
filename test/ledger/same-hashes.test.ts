import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { toHex } from '@openbsn/sdk'
import { createLedger, type OpenLedger, openLedger } from '../../src/ledger/open-ledger.ts'
import { noSequencer } from '../../src/ledger/sequencers/sequencer.ts'
import { modules } from '../../src/node/modules.ts'
import { credentialPolicy } from '../../src/services/credential-module.ts'
import { ConsensusWorld, type TestBlock } from '../../src/testing/consensus-world.ts'
import { resultOf } from '../../src/testing/ledger-world.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { chanceOf } from './rules-chance.ts'
import { type ModelStatement, RulesModel } from './rules-model.ts'
import { actStatement, recordStatement, sign } from './rules-statements.ts'

const prng = testPrng()
const chance = chanceOf(prng)
const { oneIn } = chance

/** What a network decided: the block, and its statements in order. */
type Decided = { readonly block: TestBlock; readonly statements: readonly Uint8Array[] }

/** Blocks of statements by chance, some of them wrong, some repeated, in several bundles. */
async function playNetwork(world: ConsensusWorld, blocks: number): Promise<Decided[]> {
  const model = new RulesModel(world.time)
  const sent: ModelStatement[] = []
  const decided: Decided[] = [{ block: await world.block([]), statements: [] }]
  for (let i = 0; i < blocks; i++) {
    const batch = Array.from({ length: oneIn(6) ? 0 : prng.int(1, 9) }, (): ModelStatement => {
      const old = sent[prng.int(0, sent.length)]
      if (old && oneIn(7)) return old
      const isAct = i < 15 ? !oneIn(5) : oneIn(3)
      return (isAct ? actStatement : recordStatement)(model, world.time, chance)
    })
    sent.push(...batch)
    // Only for the choice of what comes next: its heights are those of a solo ledger.
    model.submit(batch, world.time)
    const statements = await Promise.all(batch.map((one) => sign(one, world.node.ledger.id)))

    decided.push({ block: await world.block(bundlesOf(world, statements)), statements })
    world.time += oneIn(8) ? prng.int(-60, 100) : prng.int(0, 10)
    if (oneIn(25)) world.time += prng.int(20_000, 86_400)
  }
  return decided
}

function bundlesOf(world: ConsensusWorld, statements: readonly Uint8Array[]): Uint8Array[] {
  const bundles: Uint8Array[] = []
  for (let at = 0; at < statements.length; ) {
    const end = at + prng.int(1, 5)
    bundles.push(world.bundle(statements.slice(at, end)))
    at = end
  }
  return bundles
}

/** Gives a ledger of its own the same blocks at the same times, and compares each hash. */
async function playSolo(world: ConsensusWorld, decided: readonly Decided[], what: string) {
  const folder = join(world.folder.path, 'solo')
  const onFailure = (error: Error) => assert.fail(error)
  await createLedger(folder, world.genesis, { modules, onFailure })
  const solo = openLedger(
    { folder, workers: 1, memtableEntries: 64 },
    {
      ...{ modules, recordPolicy: credentialPolicy, onFailure, signer: undefined },
      clock: { nowSeconds: () => 0 },
      openSequencer: () => noSequencer,
    },
  )
  try {
    return await replay(world, decided, { solo, what })
  } finally {
    await solo.close()
  }
}

/** How often which outcome came. */
async function replay(
  world: ConsensusWorld,
  decided: readonly Decided[],
  { solo, what }: { readonly solo: OpenLedger; readonly what: string },
): Promise<Map<string, number>> {
  const codes = new Map<string, number>()
  for (const { block, statements } of decided) {
    const height = Number(block.height)
    const stored = world.node.ledger.block(height)
    assert.ok(stored)
    const results = await solo.application.check(statements)
    const proposal = solo.application.process({ height, time: stored.time }, results)
    assert.ok(!('unfit' in proposal), JSON.stringify(proposal))
    const execution = solo.application.execute(proposal)
    const hash = toHex(execution.block.appHash)
    assert.equal(hash, toHex(stored.appHash), `${what}, block ${height}`)
    for (const outcome of execution.outcomes) {
      const code = resultOf(outcome) ?? ''
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    await solo.application.commit(execution, [])
  }
  return codes
}

describe('a network and a solo ledger', () => {
  it('come to the same hashes by the same statements, block boundaries and times', async (t) => {
    const seen = new Map<string, number>()
    const isEnough = () => seen.size >= 12 && (seen.get('appended') ?? 0) > 80
    // An early freeze or a revoked administrator can waste a round: then more are played.
    for (let round = 0; round < 2 || (round < 8 && !isEnough()); round++) {
      const what = `SEED=${prng.seed}, round ${round}`
      const world = await ConsensusWorld.create({ names: ['v0', 'v1', 'follower'] })
      t.after(() => world.remove())
      const decided = await playNetwork(world, 60)
      const hashes = world.nodes.map(({ ledger }) => toHex(ledger.head.appHash))
      assert.equal(new Set(hashes).size, 1, what)
      for (const [code, count] of await playSolo(world, decided, what)) {
        seen.set(code, (seen.get(code) ?? 0) + count)
      }
    }
    assert.ok(isEnough(), JSON.stringify([...seen]))
  })
})
