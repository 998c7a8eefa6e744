import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { isCodedError, sha256, toHex } from '@openbsn/sdk'
import { Request } from 'cosmjs-types/tendermint/abci/types'
import { systemClock } from '../../../kernel/clock.ts'
import {
  agree,
  CometNet,
  indexOf,
  signersOf,
  sizeOf,
  untilDecided,
} from '../../../testing/comet-net.ts'
import { CometWorld } from '../../../testing/comet-world.ts'
import type { ConsensusWorld } from '../../../testing/consensus-world.ts'
import { until } from '../../../testing/engine-program.ts'
import { type CometAnswer, failingComet } from '../../../testing/failing-comet.ts'
import { resultOf } from '../../../testing/ledger-world.ts'
import { namedSigner } from '../../../testing/named-signer.ts'
import { needs } from '../../../testing/needs.ts'
import { namedValidator } from '../../../testing/net-statements.ts'
import type { SubmitOutcome } from '../../ledger.ts'
import { frameOf } from './abci-server.ts'
import { decodeTransaction } from './bundle.ts'
import { addressOf } from './consensus.ts'

describe('a network of four validators and a follower', { timeout: 240_000 }, () => {
  const net = new CometNet()
  before(() => net.start())
  after(() => net.close())
  describe('while all is well', () => allIsWell(net))
  describe('when nodes fail', () => nodesFail(net))
  describe('when others come', () => othersCome(net))
})

function allIsWell(net: CometNet): void {
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

  it('has each signature verified once on each node, whoever took the statement', async (t) => {
    if (!needs(t, 'cometbft')) return
    const texts = Array.from({ length: 60 }, (_, i) => `verified ${i}`)
    const records = await Promise.all(texts.map((text) => net.world.say.record(text)))
    const sending = records.map((one, i) => net.at(i % 5).submit(one))
    for (const [outcome] of await Promise.all(sending)) indexOf(outcome)
    await agree(net.nodes)
    for (const { name, verified } of net.nodes) {
      const times = records.map((one) => verified.get(toHex(sha256(one))))
      assert.deepEqual(new Set(times), new Set([1]), `${name}: ${times}`)
    }
  })
}

function nodesFail(net: CometNet): void {
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

function othersCome(net: CometNet): void {
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

const frame = (request: object) =>
  frameOf(Request.encode(Request.fromPartial(request as never)).finish())

/** One block more, as CometBFT hands it over that was decided without this node. */
async function takeIn(world: ConsensusWorld, engine: Socket): Promise<void> {
  const block = world.blockOf(await world.node.proposes([], world.votes))
  world.votes = [{ node: world.node, extension: await world.node.extension(block) }]
  const finalizeBlock = { ...block, txs: [...block.txs] }
  engine.write(Buffer.concat([frame({ finalizeBlock }), frame({ commit: {} })]))
  while (world.height < Number(block.height)) await new Promise((done) => setTimeout(done, 5))
  await new Promise((done) => setTimeout(done, 100))
}

describe('where the network decides nothing', () => {
  it('says that nothing was registered only while CometBFT surely has not had it', async (t) => {
    const cases: Partial<Record<CometAnswer, string>> = {
      taken: 'LEDGER_UNDECIDED',
      'in cache': 'LEDGER_UNDECIDED',
      'cut off': 'LEDGER_UNDECIDED',
      syncing: 'LEDGER_NO_QUORUM',
      full: 'LEDGER_BUSY',
    }
    for (const [answer, code] of Object.entries(cases)) {
      const { world, sequencer } = await failingComet(t, () => answer as CometAnswer)
      await sequencer.start()
      const sent = sequencer.submit([await world.say.record('a')])
      await assert.rejects(sent, { code, retryable: true }, answer)
      assert.equal(sequencer.unknownOutcomes(), code === 'LEDGER_UNDECIDED' ? 1 : 0, answer)
    }
  })

  it('does not take a full mempool for a no when the bundle may be in it', async (t) => {
    // CometBFT looks whether there is room before it looks whether it has the transaction.
    const { world, sequencer, asked } = await failingComet(t, (time) =>
      time === 1 ? 'cut off' : 'full',
    )
    await sequencer.start()
    const sent = sequencer.submit([await world.say.record('a')])
    await assert.rejects(sent, { code: 'LEDGER_UNDECIDED' })
    assert.ok(asked.length > 1)
  })
})

describe('a node that cannot register anything', () => {
  it('says so at once for a while', async (t) => {
    const { world, sequencer } = await failingComet(t, () => 'taken')
    const record = await world.say.record('a')
    // CometBFT is not there at all.
    await assert.rejects(sequencer.submit([record]), { code: 'LEDGER_NO_QUORUM' })
    const started = performance.now()
    await assert.rejects(sequencer.submit([record]), { code: 'LEDGER_NO_QUORUM' })
    assert.ok(performance.now() - started < 200, 'nothing is awaited')
  })

  it('says since when, for whoever reads meanwhile', async (t) => {
    const { world, sequencer } = await failingComet(t, () => 'taken', { patienceMs: 1200 })
    await sequencer.start()
    assert.equal(sequencer.noQuorumSince, undefined)
    const record = await world.say.record('a')
    await assert.rejects(sequencer.submit([record]), { code: 'LEDGER_UNDECIDED' })
    // One second before it was found out, by the clock of the test.
    assert.equal(sequencer.noQuorumSince, 1_800_000_099)
    await assert.rejects(sequencer.submit([record]), { code: 'LEDGER_NO_QUORUM' })
    assert.equal(sequencer.noQuorumSince, 1_800_000_099)
    // Nobody waits any more for a CometBFT that begins anew.
    const engine = connect(join(world.folder.path, 'abci'))
    t.after(() => engine.destroy())
    engine.write(frame({ info: {} }))
    await until('the handshake', () => sequencer.noQuorumSince === undefined)
  })

  it('says so in time where it takes in blocks of others and cannot send yet', async (t) => {
    const { world, sequencer } = await failingComet(t, () => 'syncing')
    await sequencer.start()
    const engine = connect(join(world.folder.path, 'abci'))
    t.after(() => engine.destroy())
    const record = await world.say.record('a')
    let told = false
    const sent = assert.rejects(sequencer.submit([record]), { code: 'LEDGER_NO_QUORUM' })
    void sent.then(() => {
      told = true
    })
    // Ten times as long as it has patience.
    for (let i = 0; i < 30 && !told; i++) await takeIn(world, engine)
    assert.ok(told, 'it is told while blocks come in')
    assert.equal(sequencer.noQuorumSince, undefined, 'the network decides')
  })

  it('answers what is known already', async (t) => {
    const { world, sequencer } = await failingComet(t, () => 'taken')
    const record = await world.say.record('known')
    await world.block([world.bundle([record])])
    const [outcome] = await sequencer.submit([record])
    assert.equal(resultOf(outcome), 'duplicate')
    const [refused] = await sequencer.submit([new Uint8Array(3)])
    assert.equal(refused?.outcome, 'refused')
  })
})

describe('statements on their way into a network', () => {
  it('are looked at again when their key may come with a block that is on its way', async (t) => {
    const { world, sequencer } = await failingComet(t, () => 'taken')
    const by = (name: string) => world.say.record('early', { iss: name, signer: namedSigner(name) })
    const [refused] = await sequencer.submit([await by('nobody')])
    assert.equal(resultOf(refused), 'KEY_UNKNOWN')
    const sent = sequencer.submit([await by('nobody'), await by('c2')])
    await world.block([world.bundle([await world.say.credential('c2')])])
    await assert.rejects(sent, { code: 'LEDGER_NO_QUORUM' })
  })

  it('share bundles up to 256 KiB', async (t) => {
    const { world, sequencer, asked } = await failingComet(t, () => 'taken')
    await sequencer.start()
    const text = 'x'.repeat(50_000)
    const records = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        world.say.record(`${i}${text}`, { cti: Uint8Array.of(i) }),
      ),
    )
    const sent = sequencer.submit(records)
    await assert.rejects(sent, { code: 'LEDGER_UNDECIDED' })
    const counts = asked.map((tx) => {
      const bundle = decodeTransaction(tx)
      assert.ok(bundle?.kind === 'bundle' && tx.length < 270_000)
      return bundle.statements.length
    })
    // Five fit into one; how many come together is a matter of time.
    assert.ok(Math.max(...counts) === 5, String(counts))
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      12,
    )
  })

  it('wait for each other while a bundle is on its way, but not for ever', async (t) => {
    const { world, sequencer, asked } = await failingComet(t, () => 'taken', {
      ...{ patienceMs: 4000, busyBundleMs: 1500 },
    })
    await sequencer.start()
    const sent: Promise<unknown>[] = []
    const records = await Promise.all(['a', 'b', 'c', 'd'].map((text) => world.say.record(text)))
    for (const record of records) {
      sent.push(sequencer.submit([record]))
      await new Promise((done) => setTimeout(done, 50))
    }
    for (const one of sent) await assert.rejects(one, { code: 'LEDGER_UNDECIDED' })
    const counts = asked.map((tx) => {
      const bundle = decodeTransaction(tx)
      return bundle?.kind === 'bundle' && bundle.statements.length
    })
    assert.deepEqual(counts, [1, 3])
  })

  it('end with the process when it cannot go on', async (t) => {
    const { world, sequencer, failures } = await failingComet(t, () => 'taken', {
      patienceMs: 20_000,
    })
    await sequencer.start()
    const sent = sequencer.submit([await world.say.record('a')])
    sent.catch(() => undefined)
    await new Promise((done) => setTimeout(done, 100))
    connect(join(world.folder.path, 'abci'))
      .on('error', () => undefined)
      .write(Buffer.alloc(9, 0xff))
    await assert.rejects(sent, { code: 'LEDGER_STOPPED' })
    assert.equal(failures.length, 1)
    await assert.rejects(sequencer.submit([await world.say.record('b')]), {
      code: 'LEDGER_STOPPED',
    })
  })
})
