import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { skipUnless } from '../../src/testing/needs.ts'
import { eventually, type NetworkNode } from '../scenarios/network-world.ts'
import { book, limitMs, TradeNetwork } from './trade-network.ts'
import { writeOn } from './write-on.ts'

const names = ['lisboa', 'oslo', 'lima'] as const

/** Ids of the programs of that name that a node started. */
function childrenOf({ running }: NetworkNode, program: string): number[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return ids.map(Number).filter((pid) => {
    const [, name, parent] = /^\d+ \((.*)\) . (\d+)/.exec(statOf(pid)) ?? []
    return name === program && Number(parent) === running?.child.pid
  })
}

function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return '' // It has ended meanwhile.
  }
}

const historyOf = async (
  contracts: Awaited<ReturnType<TradeNetwork['contractsAt']>>,
  key: string,
) => JSON.parse(String(await contracts.call('books', 'getHistory', [key]))) as unknown[]

describe('a channel of Fabric that is open', skipUnless('linux', 'cometbft', 'fabric'), () => {
  const world = new TradeNetwork()
  before(async () => {
    await world.begin(names)
    await world.publishOn('lisboa', 'oslo')
    await world.set('lisboa', 'first')
  })
  after(() => world.close())

  it('gets a third node while it is written to: nothing is lost, nothing done twice', async (t) => {
    const lisboa = await world.contractsAt('lisboa')
    const { written, end } = writeOn((key) => lisboa.send('books', 'set', [book(key, 'x')]), 4)
    const more = (count: number) =>
      eventually(
        async () => written.length,
        (length) => length > count,
      )
    try {
      await more(20)
      await world.moveTo(...names)
      await world.ready(...names)
      assert.equal(await world.get('lima', 'first'), 'x')
      await world.set('lima', 'third', 'from lima')
      await more(written.length + 20)
    } finally {
      await end()
    }
    const done = await end()
    t.diagnostic(`${done.written.length} writes, at most ${Math.round(done.longestMs)} ms apart`)
    assert.deepEqual(done.failed, [])
    const lima = await world.contractsAt('lima')
    for (const key of done.written) assert.equal((await historyOf(lima, key)).length, 1, key)
    assert.equal(await world.get('oslo', 'third'), 'from lima')
    assert.deepEqual((await world.object('oslo', 'channel/trade')).get('nodes'), names)
  })

  it('goes on after the peer and the orderer of a node were killed', async () => {
    const oslo = world.node('oslo')
    for (const program of ['peer', 'orderer']) {
      const [pid, ...others] = childrenOf(oslo, program)
      assert(pid !== undefined && others.length === 0, program)
      process.kill(pid, 'SIGKILL')
    }
    // Two of three go on.
    await world.set('lima', 'meanwhile')
    await eventually(
      () => world.get('oslo', 'meanwhile'),
      (value) => value === 'x',
      limitMs,
    )
    for (const program of ['peer', 'orderer']) assert.equal(childrenOf(oslo, program).length, 1)
    await world.set('oslo', 'back')
    assert.equal(await world.get('lisboa', 'back'), 'x')
  })
})
