import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { controlAct, utf8 } from '@openbsn/sdk'
import { connectTo } from '../../src/cli/connection.ts'
import { submitControl } from '../../src/cli/control.ts'
import { readProfile } from '../../src/cli/profile.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { eventually } from '../scenarios/network-world.ts'
import { limitMs, TradeNetwork } from './trade-network.ts'

const names = ['lisboa', 'oslo', 'lima'] as const

/** An act that a node of the alliance may do, with an update that nobody would make. */
async function changeBadly(world: TradeNetwork, number: number): Promise<void> {
  const { ledger, member } = await readProfile(world.node('lisboa').home)
  const { client } = connectTo({ gateway: world.node('lisboa').gateway, ledger })
  const nodes = [...names]
  const update = gzipSync(utf8('that all belongs to lisboa'))
  const act = controlAct('channel-change', { service: 'trade', nodes, update, number })
  await submitControl(act, { client, ledger, member, clock: systemClock })
}

describe('a channel of Fabric whose nodes leave', () => {
  const world = new TradeNetwork()
  before(async () => {
    await world.begin(names)
    await world.publishOn(...names)
    await world.set('lisboa', 'first')
  })
  after(() => world.close())

  it('loses one, which does not have what comes then', async () => {
    await world.moveTo('lisboa', 'oslo')
    await eventually(
      () => world.get('lima', 'first').then(() => 'hosted', String),
      (said) => said.includes('has no channel on this node'),
      limitMs,
    )
    await world.ready('lisboa', 'oslo')
    await world.set('oslo', 'without lima')
    assert.equal(await world.get('lisboa', 'without lima'), 'x')
    assert.deepEqual((await world.object('oslo', 'channel/trade')).get('nodes'), ['lisboa', 'oslo'])
  })

  it('is told why it does not get one that is not there', async () => {
    await world.kill(world.node('lima'))
    await world.moveTo(...names)
    await eventually(
      () => world.contract('lisboa', 'list'),
      (answer) => JSON.stringify(answer).includes('lima does not answer at'),
      limitMs,
    )
  })

  it('gets it back by what each node would make, though one is killed in between', async () => {
    const last = Number((await world.object('lisboa', 'change/trade')).get('number'))
    await changeBadly(world, last + 1)
    await world.start(world.node('lima'))
    await eventually(
      () => world.object('lisboa', 'change/trade'),
      (change) => Number(change.get('number')) > last + 1,
      limitMs,
    )
    await world.kill(world.node('oslo'))
    await world.start(world.node('oslo'))
    await world.ready(...names)
    const change = await world.object('oslo', 'change/trade')
    assert.deepEqual([change.get('number'), change.has('update')], [last + 2, false])
    assert.equal(await world.get('lima', 'without lima'), 'x')
    await world.set('lima', 'again')
    assert.equal(await world.get('oslo', 'again'), 'x')
  })
})
