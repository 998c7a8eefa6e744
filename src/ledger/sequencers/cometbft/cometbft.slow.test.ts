import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isCodedError, toHex, verifyKeyBundle, verifyReceipts } from '@openbsn/sdk'
import { systemClock } from '../../../kernel/clock.ts'
import { cometbftProgram } from '../../../testing/comet-engine.ts'
import { type CometNode, CometWorld } from '../../../testing/comet-world.ts'
import { resultOf } from '../../../testing/ledger-world.ts'
import { needs } from '../../../testing/needs.ts'
import { namedValidator } from '../../../testing/net-statements.ts'
import type { SubmitOutcome } from '../../ledger.ts'
import { addressOf } from './consensus.ts'

const validatorNames = ['v0', 'v1', 'v2', 'v3']

/** Index of what was registered now or before. */
function indexOf(outcome: SubmitOutcome | undefined): number {
  assert.ok(outcome && outcome.outcome !== 'refused', JSON.stringify(outcome))
  return outcome.index
}

/** How many validators' signatures an entry's receipts carry; they hold. */
function signersOf({ ledger }: CometNode, index: number): number {
  const entry = ledger.entry(index)
  assert.ok(entry, `there is an entry ${index}`)
  const keys = verifyKeyBundle(ledger.keyBundle(), ledger.id)
  return verifyReceipts(entry.statement, ledger.receipts(index), keys).signers.length
}

/** Every node comes to the block that the first is at, with the same hash. */
async function agree(nodes: readonly CometNode[]): Promise<void> {
  const height = Math.max(...nodes.map(({ ledger }) => ledger.head.height))
  for (const node of nodes) await node.reaches((head) => head.height >= height, 'agrees')
  const hashes = nodes.map(({ ledger }) => toHex(ledger.block(height)?.appHash ?? new Uint8Array()))
  assert.equal(new Set(hashes).size, 1)
}

/** What the tests of one network share: it has four validators, and a follower last. */
class Net {
  #world: CometWorld | undefined

  get world(): CometWorld {
    return this.#world ?? assert.fail('the network was started')
  }

  get nodes(): readonly CometNode[] {
    return this.world.nodes.slice(0, 5)
  }

  at(place: number): CometNode {
    return this.world.nodes[place] ?? assert.fail(`no node ${place}`)
  }

  async start(): Promise<void> {
    if (cometbftProgram() === undefined) return
    const validators = validatorNames.map((name) => namedValidator(name))
    const names = [...validatorNames, 'follower', 'late', 'clone']
    const world = await CometWorld.create({ names, validators })
    this.#world = world
    await Promise.all(validatorNames.map((name) => world.start(name, name)))
    await world.start('follower')
  }

  async close(): Promise<void> {
    await this.#world?.close()
  }
}

describe('a network of four validators and a follower', { timeout: 240_000 }, () => {
  const net = new Net()
  before(() => net.start())
  after(() => net.close())
  describe('while all is well', () => allIsWell(net))
  describe('when nodes fail', () => nodesFail(net))
  describe('when others come', () => othersCome(net))
})

function allIsWell(net: Net): void {
  it('registers what is sent to any node, with receipts by more than two thirds', async (t) => {
    if (!needs(t, 'cometbft')) return
    for (const outcome of await net.at(4).submit(...(await net.world.say.settling())))
      indexOf(outcome)
    for (const node of net.nodes) {
      const [outcome] = await node.submit(await net.world.say.record(`by ${node.name}`))
      assert.ok(signersOf(node, indexOf(outcome)) >= 3)
    }
    await agree(net.nodes)
  })

  it('has the time of now in the block after a pause', async (t) => {
    if (!needs(t, 'cometbft')) return
    await new Promise((done) => setTimeout(done, 5_000))
    const sent = systemClock.nowSeconds()
    const index = indexOf((await net.at(1).submit(await net.world.say.record('rested')))[0])
    const { ledger } = net.at(1)
    const { time } = ledger.block(ledger.entry(index)?.height ?? 0) ?? assert.fail('its block')
    // Without a proposer's clock the time would be that of the block before the pause.
    assert.ok(Math.abs(time - sent) < 2, `sent at ${sent}, registered at ${time}`)
  })

  it('has each act once, whoever sends it how often, and in one order for all', async (t) => {
    if (!needs(t, 'cometbft')) return
    const twice = await net.world.say.record('twice')
    const [other] = [await net.world.say.record('else', { cti: new TextEncoder().encode('twice') })]
    const both = await Promise.all(net.nodes.map((node) => node.submit(twice)))
    const results = both.map(([outcome]) => resultOf(outcome)).sort()
    assert.equal(new Set(both.map(([outcome]) => indexOf(outcome))).size, 1)
    assert.equal(results.filter((one) => one === 'appended').length, 1)
    const [conflict] = await net.at(4).submit(other)
    assert.equal(resultOf(conflict), 'ACT_ID_CONFLICT')
    const all = await Promise.all(
      net.nodes.map(async (node) => {
        const texts = Array.from({ length: 100 }, (_, i) => `${node.name} ${i}`)
        return node.submit(...(await Promise.all(texts.map((text) => net.world.say.record(text)))))
      }),
    )
    const indexes = all.flat().map(indexOf)
    assert.equal(new Set(indexes).size, 500)
    await agree(net.nodes)
  })
}

function nodesFail(net: Net): void {
  it('loses and doubles nothing when one CometBFT is killed; who waits is answered', async (t) => {
    if (!needs(t, 'cometbft')) return
    const size = () => sizeOf(net.at(0))
    const before = size()
    const records = await Promise.all(
      Array.from({ length: 40 }, (_, i) => net.world.say.record(`killed ${i}`)),
    )
    const sending = records.map((one) => untilDecided(net.at(1), [one]))
    await net.at(1).engine.stop('SIGKILL')
    const waiting = records.slice(0, 5).map((one) => untilDecided(net.at(1), [one]))
    await net.at(1).engine.start()
    const outcomes = (await Promise.all([...sending, ...waiting])).flat()
    assert.equal(new Set(outcomes.map(indexOf)).size, 40)
    await agree(net.nodes)
    assert.equal(size(), before + 40)
  })

  it('goes on without one node, which catches up when it is there again', async (t) => {
    if (!needs(t, 'cometbft')) return
    await net.at(2).stop()
    for (let i = 0; i < 3; i++) {
      const [outcome] = await net.at(i % 2).submit(await net.world.say.record(`without ${i}`))
      assert.equal(signersOf(net.at(i % 2), indexOf(outcome)), 3)
    }
    const size = sizeOf(net.at(0))
    await net.at(2).start()
    await net.at(2).reaches(() => sizeOf(net.at(2)) >= size, 'catches up')
    const [outcome] = await untilDecided(net.at(2), [await net.world.say.record('there again')])
    assert.ok(signersOf(net.at(2), indexOf(outcome)) >= 3)
    await agree(net.nodes)
  })

  it('says within 5 s that it stands, and registers what is sent again once', async (t) => {
    if (!needs(t, 'cometbft')) return
    await Promise.all([net.at(2).engine.stop('SIGKILL'), net.at(3).engine.stop('SIGKILL')])
    const records = await Promise.all([0, 1, 2].map((i) => net.world.say.record(`no quorum ${i}`)))
    const codes = new Set<string>()
    for (const one of records) {
      const started = performance.now()
      const answer = await net
        .at(0)
        .submit(one)
        .catch((error: unknown) => error)
      assert.ok(isCodedError(answer) && answer.retryable, String(answer))
      codes.add(answer.code)
      assert.ok(performance.now() - started < 5000)
    }
    assert.deepEqual(codes, new Set(['LEDGER_UNDECIDED', 'LEDGER_NO_QUORUM']))
    await Promise.all([net.at(2).engine.start(), net.at(3).engine.start()])
    const outcomes = await untilDecided(net.at(0), records)
    assert.equal(new Set(outcomes.map(indexOf)).size, records.length)
    const again = (await net.at(3).submit(...records)).map(resultOf)
    assert.deepEqual(again, ['duplicate', 'duplicate', 'duplicate'])
    await agree(net.nodes)
  })
}

function othersCome(net: Net): void {
  it('brings a node that joins late to the same, with the signatures of all before', async (t) => {
    if (!needs(t, 'cometbft')) return
    const late = await net.world.start('late')
    const { height, appHash } = net.at(0).ledger.head
    await late.reaches((head) => head.height >= height, 'has come as far as the others')
    assert.deepEqual(late.ledger.block(height)?.appHash, appHash)
    for (let one = 1; one < height; one++) {
      assert.deepEqual(late.ledger.block(one), net.at(0).ledger.block(one), `block ${one}`)
    }
    for (const index of [0, 5, 300]) assert.ok(signersOf(late, index) >= 3)
    const [outcome] = await late.submit(await net.world.say.record('by the late one'))
    assert.ok(signersOf(late, indexOf(outcome)) >= 3)
  })

  it('tells of a validator that signs twice', async (t) => {
    if (!needs(t, 'cometbft')) return
    await net.world.start('clone', 'v3')
    const address = addressOf(namedValidator('v3'))
    const isSeen = () => net.at(0).misbehaved.some((one) => one.address === address)
    for (let i = 0; i < 400 && !isSeen(); i++) {
      await net.at(i % 2).submit(await net.world.say.record(`while it lies ${i}`))
    }
    assert.ok(isSeen(), 'the double signing is told')
    await agree(net.nodes.slice(0, 3))
  })

  it('has failed nowhere', (t) => {
    if (!needs(t, 'cometbft')) return
    assert.deepEqual(net.world.failures, [])
  })
}

const sizeOf = ({ ledger }: CometNode) => ledger.head.firstIndex + ledger.head.count

/** Sends again until the network decides, as a client does. */
async function untilDecided(
  node: CometNode,
  statements: readonly Uint8Array[],
): Promise<SubmitOutcome[]> {
  for (let tries = 0; tries < 10; tries++) {
    try {
      return await node.submit(...statements)
    } catch (error) {
      if (!isCodedError(error) || !error.retryable) throw error
      await new Promise((done) => setTimeout(done, 500))
    }
  }
  return assert.fail('the network decides again')
}

describe('statements that come while a bundle is on its way', { timeout: 60_000 }, () => {
  it('are sent as soon as it is decided', async (t) => {
    if (!needs(t, 'cometbft')) return
    // Far longer than the test: only a decision can send them.
    const waits = { busyBundleMs: 600_000 }
    const validators = [namedValidator('v0')]
    const world = await CometWorld.create({ names: ['v0'], validators, ...waits })
    t.after(() => world.close())
    const node = await world.start('v0', 'v0')
    for (const statement of await world.say.settling()) await untilDecided(node, [statement])
    const rows = Array.from({ length: 20 }, (_, i) => world.say.record(`row ${i}`))
    const sent: Promise<SubmitOutcome[]>[] = []
    for (const row of await Promise.all(rows)) {
      sent.push(node.submit(row))
      await new Promise((done) => setTimeout(done, 15))
    }
    const indexes = (await Promise.all(sent)).flat().map(indexOf)
    assert.equal(new Set(indexes).size, rows.length)
    assert.deepEqual(world.failures, [])
  })
})
