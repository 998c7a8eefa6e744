import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isCodedError, toHex, verifyKeyBundle, verifyReceipts } from '@openbsn/sdk'
import type { SubmitOutcome } from '../../src/ledger/ledger.ts'
import { verifyLedger } from '../../src/ledger/verify/verify-ledger.ts'
import { type CometNode, CometWorld } from '../../src/testing/comet-world.ts'
import { needs } from '../../src/testing/needs.ts'
import { namedValidator } from '../../src/testing/net-statements.ts'
import { createPrng, type Prng } from '../../src/testing/prng.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { nextHarm } from './sequencer-harm.ts'

const validatorNames = ['v0', 'v1', 'v2', 'v3']
const playedMs = 120_000
const { seed } = testPrng()
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms))

/** What was said of each statement: it must be found just there in the end. */
type Told = Map<string, { readonly statement: Uint8Array; readonly index: number }>

/** Nodes that are there to be written to; one that is being stopped is not. */
class Alive {
  readonly nodes: Set<CometNode>
  isOver = false

  constructor(nodes: readonly CometNode[]) {
    this.nodes = new Set(nodes)
  }

  any(prng: Prng): CometNode | undefined {
    return [...this.nodes][prng.int(0, this.nodes.size - 1)]
  }
}

type Writing = { readonly world: CometWorld; readonly alive: Alive; readonly told: Told }

/** Writes on and on, sends again what was not decided, and keeps what it is told. */
async function write(name: string, prng: Prng, { world, alive, told }: Writing): Promise<void> {
  for (let i = 0; !alive.isOver; i++) {
    const text = `${name} ${i}`
    const statement = await world.say.record(text)
    const outcome = await untilDecided(alive, statement, prng)
    assert.ok(outcome.outcome !== 'refused', JSON.stringify(outcome))
    told.set(text, { statement, index: outcome.index })
    await wait(prng.int(0, 60))
  }
}

async function untilDecided(
  alive: Alive,
  statement: Uint8Array,
  prng: Prng,
): Promise<SubmitOutcome> {
  for (const end = performance.now() + 120_000; performance.now() < end; await wait(100)) {
    try {
      const [outcome] = (await alive.any(prng)?.submit(statement)) ?? []
      if (outcome) return outcome
    } catch (error) {
      assert.ok(isCodedError(error) && error.retryable, String(error))
    }
  }
  return assert.fail('the network decides again within two minutes')
}

/** Kills and stops by chance; now and then two at once, so that nothing is decided meanwhile. */
async function harm(world: CometWorld, alive: Alive): Promise<Record<string, number>> {
  const done = { kill: 0, stop: 0, twoKills: 0 }
  // Its own, so that the same seed does the same however fast the writers are.
  const prng = createPrng(seed)
  const end = performance.now() + playedMs
  while (performance.now() < end) {
    const { waitMs, kind, hits } = nextHarm(prng)
    await wait(waitMs)
    done[kind]++
    await Promise.all(
      hits.map(async ({ place, downMs }) => {
        const node = world.nodes[place]
        assert.ok(node)
        await harmOne(node, { isWhole: kind === 'stop', downMs }, alive)
      }),
    )
  }
  return done
}

type How = { readonly isWhole: boolean; readonly downMs: number }

async function harmOne(node: CometNode, { isWhole, downMs }: How, alive: Alive): Promise<void> {
  if (!isWhole) {
    await node.engine.stop('SIGKILL')
    await wait(downMs)
    return node.engine.start()
  }
  alive.nodes.delete(node)
  await node.stop()
  await wait(downMs)
  await node.start()
  alive.nodes.add(node)
}

/** The same ledger everywhere, in which everything is where it was said to be. */
async function compare(world: CometWorld, told: Told): Promise<void> {
  const height = Math.max(...world.nodes.map(({ ledger }) => ledger.head.height))
  for (const node of world.nodes) {
    await node.reaches((head) => head.height >= height, 'comes to the end', 60_000)
    const hash = (one: CometNode) => toHex(one.ledger.block(height)?.appHash ?? new Uint8Array())
    assert.equal(hash(node), hash(world.nodes[0] ?? node))
    const keys = verifyKeyBundle(node.ledger.keyBundle(), node.ledger.id)
    for (const [text, { statement, index }] of told) {
      const entry = node.ledger.entry(index)
      assert.deepEqual(entry && toHex(entry.statement), toHex(statement), text)
      if (entry && entry.height < height)
        verifyReceipts(statement, node.ledger.receipts(index), keys)
    }
    const folder = world.path(node.name, 'ledger')
    const { ok, finding } = await verifyLedger(folder, { workers: 1 })
    assert.deepEqual([ok, finding], [true, undefined])
  }
}

describe('a network whose nodes are killed and stopped', { timeout: 600_000 }, () => {
  it('registers every act once, where it said so, and ends with one ledger', async (t) => {
    if (!needs(t, 'cometbft')) return
    t.diagnostic(`SEED=${seed}`)
    const validators = validatorNames.map((name) => namedValidator(name))
    const names = [...validatorNames, 'follower']
    const world = await CometWorld.create({ names, validators })
    t.after(() => world.close())
    await Promise.all(validatorNames.map((name) => world.start(name, name)))
    await world.start('follower')
    const alive = new Alive(world.nodes)
    const settling = createPrng(seed)
    for (const one of await world.say.settling()) await untilDecided(alive, one, settling)
    // A node knows a key when it has the block that registered it.
    for (const node of world.nodes)
      await node.reaches(({ firstIndex }) => firstIndex >= 1, 'is set')
    const told: Told = new Map()
    const writing = { world, alive, told }
    const writers = ['a', 'b', 'c', 'd'].map((name, i) =>
      write(name, createPrng(seed + i + 1), writing),
    )
    t.diagnostic(JSON.stringify(await harm(world, alive)))
    alive.isOver = true
    await Promise.all(writers)
    t.diagnostic(`${told.size} acts`)
    assert.ok(told.size > 40, `${told.size} acts`)
    await compare(world, told)
    assert.equal(world.nodes[0]?.ledger.head.firstIndex, told.size + 2)
    assert.deepEqual(world.failures, [])
  })
})
