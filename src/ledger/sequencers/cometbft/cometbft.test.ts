import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { ConsensusWorld } from '../../../testing/consensus-world.ts'
import { resultOf } from '../../../testing/ledger-world.ts'
import { namedSigner } from '../../../testing/named-signer.ts'
import { decodeTransaction } from './bundle.ts'
import { Cometbft } from './cometbft.ts'

type Answer = 'taken' | 'in cache' | 'full' | 'syncing' | 'cut off'

const answers: Record<Exclude<Answer, 'cut off'>, string> = {
  taken: '{"result":{"code":0}}',
  'in cache': '{"error":{"data":"tx already exists in cache"}}',
  full: '{"error":{"data":"mempool is full: number of txs 20000"}}',
  syncing: '{"error":{"data":"endpoint is closed while node is catching up"}}',
}

/**
 * A sequencer over a real ledger; in the place of CometBFT one that answers as the test says and
 * decides nothing by itself: what happens when it fails cannot be had from the real one at will.
 */
async function failing(
  t: TestContext,
  say: (time: number) => Answer,
  { patienceMs = 300, busyBundleMs = 250 } = {},
) {
  const world = await (await ConsensusWorld.create({ names: ['v0'] })).settle()
  const { path } = world.folder
  const sockets = { abci: join(path, 'abci'), rpc: join(path, 'rpc') }
  const asked: Uint8Array[] = []
  const failures: Error[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    asked.push(Buffer.from(JSON.parse(body).params.tx, 'base64'))
    const answer = say(asked.length)
    if (answer === 'cut off') request.socket.destroy()
    else response.end(answers[answer])
  })
  const { ledger } = world.node
  const sequencer = new Cometbft(
    { ledger: ledger.id, initialHeight: 1, version: 'test', sockets, patienceMs, busyBundleMs },
    {
      ...{ application: ledger.application, state: ledger.store, signer: undefined },
      engine: { start: async () => listen(server, sockets.rpc), stop: async () => undefined },
      onMisbehavior: () => undefined,
      mayConnect: () => true,
      onFailure: (error) => failures.push(error),
    },
  )
  t.after(async () => {
    await sequencer.close()
    server.closeAllConnections()
    server.close()
    await world.remove()
  })
  return { world, sequencer, asked, failures }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done) => {
    server.listen(path, done)
  })
}

describe('where the network decides nothing', () => {
  it('says that nothing was registered only while CometBFT surely has not had it', async (t) => {
    const cases: Partial<Record<Answer, string>> = {
      taken: 'LEDGER_UNDECIDED',
      'in cache': 'LEDGER_UNDECIDED',
      'cut off': 'LEDGER_UNDECIDED',
      syncing: 'LEDGER_NO_QUORUM',
      full: 'LEDGER_BUSY',
    }
    for (const [answer, code] of Object.entries(cases)) {
      const { world, sequencer } = await failing(t, () => answer as Answer)
      await sequencer.start()
      const sent = sequencer.submit([await world.say.record('a')])
      await assert.rejects(sent, { code, retryable: true }, answer)
    }
  })

  it('does not take a full mempool for a no when the bundle may be in it', async (t) => {
    // CometBFT looks whether there is room before it looks whether it has the transaction.
    const { world, sequencer, asked } = await failing(t, (time) =>
      time === 1 ? 'cut off' : 'full',
    )
    await sequencer.start()
    const sent = sequencer.submit([await world.say.record('a')])
    await assert.rejects(sent, { code: 'LEDGER_UNDECIDED' })
    assert.ok(asked.length > 1)
  })

  it('says so at once for a while', async (t) => {
    const { world, sequencer } = await failing(t, () => 'taken')
    const record = await world.say.record('a')
    // CometBFT is not there at all.
    await assert.rejects(sequencer.submit([record]), { code: 'LEDGER_NO_QUORUM' })
    const started = performance.now()
    await assert.rejects(sequencer.submit([record]), { code: 'LEDGER_NO_QUORUM' })
    assert.ok(performance.now() - started < 200, 'nothing is awaited')
  })

  it('answers what is known already', async (t) => {
    const { world, sequencer } = await failing(t, () => 'taken')
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
    const { world, sequencer } = await failing(t, () => 'taken')
    const by = (name: string) => world.say.record('early', { iss: name, signer: namedSigner(name) })
    const [refused] = await sequencer.submit([await by('nobody')])
    assert.equal(resultOf(refused), 'KEY_UNKNOWN')
    const sent = sequencer.submit([await by('nobody'), await by('c2')])
    await world.block([world.bundle([await world.say.credential('c2')])])
    await assert.rejects(sent, { code: 'LEDGER_NO_QUORUM' })
  })

  it('share bundles up to 256 KiB', async (t) => {
    const { world, sequencer, asked } = await failing(t, () => 'taken')
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
    const { world, sequencer, asked } = await failing(t, () => 'taken', {
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
    const { world, sequencer, failures } = await failing(t, () => 'taken', { patienceMs: 20_000 })
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
