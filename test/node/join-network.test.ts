import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { toHex } from '@openbsn/sdk'
import type { JoinAnswer } from '../../src/gateway/network-port.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { createSnapshots } from '../../src/ledger/export/snapshots.ts'
import { validatorsAt } from '../../src/ledger/modules/validators.ts'
import { openLedger } from '../../src/ledger/open-ledger.ts'
import { genesisFile } from '../../src/ledger/sequencers/cometbft/comet-home.ts'
import { askLightBlock } from '../../src/ledger/sequencers/cometbft/light-blocks.ts'
import { unsaidFacts } from '../../src/node/join-alliance.ts'
import { joinNetwork } from '../../src/node/network/join-network.ts'
import { readChain, readNetwork } from '../../src/node/network/network-file.ts'
import { ledgerRules } from '../../src/testing/busy-ledger.ts'
import { ConsensusWorld } from '../../src/testing/consensus-world.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { namedValidator } from '../../src/testing/net-statements.ts'
import { type SaidBlocks, sayingBlocks } from '../../src/testing/said-blocks.ts'

const folder = testFolder()
let world: ConsensusWorld
let snapshot: Buffer

type Lie = {
  readonly info?: Partial<JoinAnswer>
  readonly snapshot?: Buffer
  readonly chain?: Partial<SaidBlocks>
  /** Answers to the joiner that are lost. */
  readonly lost?: number
}

/** The gateway that invited, without its HTTP: what it says is true but for the lie. */
function gatewayOf(lie: Lie, asked: string[]): typeof fetch {
  const { ledger } = world.node
  const { height, firstIndex, count, appHash } = ledger.head
  const info: JoinAnswer = {
    ...{ ledger: ledger.id, operator: 'admin', initialHeight: 1, peers: ['x@h:1'] },
    ...{ height, entries: firstIndex + count, time: systemClock.nowSeconds(), ...lie.info },
  }
  const chain = async (from: number) => {
    const validators = validatorsAt(ledger.store, height)
    const said = { ledger: ledger.id, validators, appHash: toHex(appHash), ...lie.chain }
    const heights = [from, from + 1, from + 2]
    return Promise.all(heights.map((at) => askLightBlock(sayingBlocks(said), at)))
  }
  let lost = lie.lost ?? 0
  return async (url, init) => {
    const what = `${init?.method ?? 'GET'} ${String(url).replace(/.*\/join/, '')}`
    asked.push(what)
    if (what === 'GET /snapshot') return new Response(new Uint8Array(lie.snapshot ?? snapshot))
    if (what === 'GET ') return Response.json(info)
    assert.equal(what, 'POST ')
    const request = JSON.parse(String(init?.body))
    assert.equal(request.snapshot, height)
    if (lost-- > 0) throw new TypeError('fetch failed')
    return Response.json({ ...info, chain: await chain(request.snapshot) })
  }
}

const joined = (name: string, lie: Lie, asked: string[], by?: 'snapshot' | 'replay') =>
  joinNetwork(
    {
      ...{ home: join(folder.path, name), gateway: 'http://gateway', listen: '127.0.0.1:1' },
      token: `bsnjoin_${world.node.ledger.id}_${'0'.repeat(64)}`,
      facts: { ...unsaidFacts, id: name, software: 'openbsn 0.1.9' },
      ...{ address: 'http://127.0.0.1:2', kek: folder.file(`${name}.kek`) },
      ...(by ? { by } : {}),
    },
    {
      clock: systemClock,
      fetch: gatewayOf(lie, asked),
      onFailure: (error) => assert.fail(error),
    },
  )

/** A gateway that lies to a node about a network. */
describe('a node that joins by a snapshot', () => {
  before(async () => {
    world = await (await ConsensusWorld.create()).settle()
    await world.block([world.bundle([await world.say.record('a'), await world.say.record('b')])])
    await world.block([])
    const options = { ledger: `${world.folder.path}/n0`, folder: folder.path }
    const keyBundle = () => world.node.ledger.keyBundle()
    snapshot = await buffer(await createSnapshots(options, { keyBundle }).open())
  })
  after(async () => {
    await world.remove()
    folder.remove()
  })

  it('has the ledger, and what CometBFT begins with, whatever answer is lost', async () => {
    const { ledger } = world.node
    const { start } = await joined('good', { lost: 1 }, [], 'snapshot')
    const home = join(folder.path, 'good')
    assert.equal(start.initialHeight, 1)
    assert.equal(start.time, world.genesis.time)
    assert.deepEqual(start.appHash, ledger.block(0)?.appHash)
    assert.equal(genesisFile(readNetwork(home).start), genesisFile(start))
    const chain = readChain(home, ledger.id) ?? []
    assert.deepEqual(
      chain.map(({ height }) => height - ledger.head.height),
      [0, 1, 2],
    )
    const copy = openLedger(
      { folder: join(home, 'ledger'), workers: 1 },
      {
        ...{ clock: systemClock, signer: undefined, ...ledgerRules },
        onFailure: (error) => assert.fail(error),
      },
    )
    assert.deepEqual(copy.head.appHash, ledger.head.appHash)
    await copy.close()
  })

  it('does so by itself where the ledger is large', async () => {
    const large: [string, Partial<JoinAnswer>][] = [
      ['entries', { entries: 20_000 }],
      ['blocks', { height: 501 }],
    ]
    for (const [name, info] of large) {
      const [asked, told]: [string[], string[]] = [[], []]
      await joined(name, { info }, asked)
      assert.deepEqual(asked, ['GET ', 'GET /snapshot', 'POST '], name)
      await assert.rejects(joined(`${name}-replayed`, { info }, told, 'replay'))
      assert.deepEqual(told, ['GET ', 'GET /history'], name)
    }
    for (const info of [{}, { entries: 19_999 }, { height: 500 }]) {
      const asked: string[] = []
      await assert.rejects(joined('few', { info }, asked))
      assert.deepEqual(asked, ['GET ', 'GET /history'], JSON.stringify(info))
    }
  })

  it('takes nothing of a gateway that lies, and keeps nothing', async () => {
    const flipped = Buffer.from(snapshot)
    flipped[1000] = ~(flipped[1000] ?? 0)
    const lies: readonly [string, Lie, string][] = [
      ['flipped', { snapshot: flipped }, 'EXPORT_DAMAGED'],
      ['short', { snapshot: snapshot.subarray(0, snapshot.length - 9) }, 'EXPORT_TRUNCATED'],
      ['strangers', { chain: { validators: [namedValidator('stranger')] } }, 'CHAIN_DATA_INVALID'],
      ['hash', { chain: { appHash: 'ab'.repeat(32) } }, 'CHAIN_DATA_INVALID'],
      ['ledger', { chain: { ledger: 'bsn1x' } }, 'CHAIN_DATA_INVALID'],
      ['silent', { lost: 2 }, 'JOIN_FAILED'],
      ['other', { info: { ledger: 'bsn1x' } }, 'JOIN_FAILED'],
      ['late', { info: { time: systemClock.nowSeconds() - 60 } }, 'CLOCK_OFF'],
      ['old', { info: { software: '0.2.0' } }, 'SOFTWARE_TOO_OLD'],
    ]
    for (const [name, lie, code] of lies) {
      await assert.rejects(joined(name, lie, [], 'snapshot'), { code }, name)
      const left = readdirSync(join(folder.path, name)).filter((one) => one !== 'node.lock')
      assert.deepEqual(left, [], name)
      assert.ok(!existsSync(folder.file(`${name}.kek`)), name)
    }
  })
})
