import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { common } from '@hyperledger/fabric-protos'
import { channelOrdering } from '../../src/frameworks/fabric/host/service-channel.ts'
import { readChannel, readOrganisation } from '../../src/services/fabric-state.ts'
import { eventually } from '../scenarios/network-world.ts'
import { HostWorld } from './host-world.ts'
import { HostedTrade } from './hosted-trade.ts'
import { limitMs } from './trade-network.ts'
import { writeOn } from './write-on.ts'

const names = ['lisboa', 'oslo', 'lima', 'quito', 'accra'] as const
const [lisboa, oslo, lima, quito, accra] = names
const four = names.slice(0, 4)
/** Of four and of five: what is signed by so many is signed by most of those that do not lie. */
const quorums = { four: 3, five: 4 }

function ordering(trade: () => HostedTrade): void {
  it('orders by BFT, beside one of Raft on the same node', async () => {
    const { ledgers } = trade().world
    await ledgers.done('service-create', { id: 'small', framework: 'fabric', nodes: [lisboa] })
    const hosted = async () => trade().world.host(lisboa).hosted('small')
    await eventually(hosted, (channel) => channel !== undefined, limitMs)
    const small = readChannel(ledgers.ledger, 'small')
    assert(small)
    assert.deepEqual(
      [await channelOrdering(trade().channel), await channelOrdering(small)],
      ['bft', 'raft'],
    )
    assert.equal(trade().world.pidOf(oslo, 'orderer'), undefined)
    await trade().set(lisboa, 'second')
    await trade().agree(four, quorums.four)
  })

  it('is written to while its orderers are killed, one after the other', async (t) => {
    const { written, end } = writeOn((key) => trade().set(oslo, key), 4)
    const more = (count: number) =>
      eventually(
        async () => written.length,
        (length) => length > count,
        limitMs,
      )
    try {
      await more(10)
      // Who leads at first; and then one without whom the one that was killed is needed.
      for (const node of [lisboa, quito]) {
        const killed = trade().world.kill(node, 'bft-orderer')
        assert.ok(killed !== undefined)
        await more(written.length + 10)
        const pid = async () => trade().world.pidOf(node, 'bft-orderer')
        await eventually(pid, (now) => now !== undefined && now !== killed, limitMs)
        await more(written.length + 10)
      }
    } finally {
      await end()
    }
    const done = await end()
    t.diagnostic(`${done.written.length} writes, at most ${Math.round(done.longestMs)} ms apart`)
    assert.deepEqual(done.failed, [])
    await trade().agree(four, quorums.four)
    for (const key of done.written) assert.equal((await trade().history(lima, key)).length, 1, key)
  })
}

function changing(trade: () => HostedTrade): void {
  it('gets a fifth node', async () => {
    await trade().moveTo(...names)
    await trade().ready(...names)
    assert.deepEqual(trade().channel.nodes, names)
    assert.deepEqual(await numbersOf(trade(), accra), [1, 2, 3, 4, 5])
    await trade().set(accra, 'from accra')
    await trade().agree(names, quorums.five)
  })

  it('has the certificate of one that is renewed, which stays who it is', async () => {
    const of = async () => (await trade().orderers(oslo)).find(({ mspId }) => mspId === 'limaMSP')
    const first = await of()
    trade().world.moveOn(lima, 340)
    const isAnother = (next: common.Consenter.AsObject | undefined) =>
      next !== undefined && next.serverTlsCert !== first?.serverTlsCert
    const next = await eventually(of, isAnother, limitMs)
    const { bftOrderer } = readOrganisation(trade().world.ledgers.ledger, lima) ?? {}
    const base64 = (pem = '') => Buffer.from(pem).toString('base64')
    assert.deepEqual(
      [next?.serverTlsCert, next?.clientTlsCert, next?.identity],
      [base64(bftOrderer?.certificate), base64(bftOrderer?.certificate), first?.identity],
    )
    await trade().ready(...names)
  })

  it('loses one, and no more than that', async () => {
    await trade().moveTo(oslo, lima, quito)
    const waits = async () => trade().world.host(oslo).waitsFor('trade', 'books')
    await eventually(
      waits,
      (said) => /^accra stays until others are there/.test(said ?? ''),
      limitMs,
    )
    assert.deepEqual(trade().channel.nodes, [oslo, lima, quito, accra])
    assert.deepEqual(await numbersOf(trade(), oslo), [2, 3, 4, 5])
    await eventually(
      async () => trade().world.host(lisboa).hosted('trade'),
      (hosted) => hosted === undefined,
      limitMs,
    )
    await trade().set(oslo, 'without lisboa')
    assert.ok(trade().world.kill(accra, 'bft-orderer') !== undefined)
    await trade().set(lima, 'three of four')
    await trade().agree([oslo, lima, quito, accra], quorums.four)
  })
}

const numbersOf = async (trade: HostedTrade, node: string) =>
  (await trade.orderers(node)).map(({ id }) => id)

describe('a channel of Fabric on four nodes and more', () => {
  let world: HostWorld | undefined
  let published: HostedTrade | undefined
  before(async () => {
    world = await HostWorld.create(names)
    published = new HostedTrade(world)
    await published.publishOn(four)
  })
  after(() => world?.close())
  const trade = () => {
    assert(published)
    return published
  }
  ordering(trade)
  changing(trade)
})
