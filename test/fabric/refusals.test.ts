import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CallOutcome } from '../../src/frameworks/framework.ts'
import { idOf, never } from '../../src/frameworks/world-contract.ts'
import { FabricNetwork } from '../../src/testing/fabric-network.ts'
import { FabricWorld } from '../../src/testing/fabric-world.ts'
import { skipUnless } from '../../src/testing/needs.ts'

describe('what Fabric refuses', skipUnless('fabric'), () => {
  let network: FabricNetwork
  let world: FabricWorld
  before(async () => {
    network = await FabricNetwork.create()
    world = await FabricWorld.create(network)
  })
  after(async () => {
    await world?.close()
    await network?.close()
  })

  const sent = async (
    id: string,
    args: Record<string, string | string[]>,
  ): Promise<CallOutcome> => {
    const [writer] = world.writers
    const call = { ...writer, function: 'send', args, id: idOf(id) }
    const [outcome] = await world.node.submit([call], never)
    return outcome ?? assert.fail()
  }
  const codeOf = async (id: string, args: Record<string, string | string[]>) => {
    const outcome = await sent(id, args)
    return outcome.state === 'rejected' ? outcome.code : outcome.state
  }

  it('says who refused what: the contract, its absence, a function that it has not', async () => {
    const put = { contract: 'notes', function: 'put' }
    assert.equal(await codeOf('a', { ...put, args: ['k', ''] }), 'CONTRACT_REFUSED')
    assert.equal(await codeOf('b', { ...put, contract: 'none', args: [] }), 'CONTRACT_UNKNOWN')
    assert.equal(await codeOf('c', { ...put, function: 'drop', args: [] }), 'FUNCTION_UNKNOWN')
    assert.equal(await codeOf('d', { contract: 'notes' }), 'ARGUMENT_INVALID')
    const [{ service }] = world.writers
    const asked = { contract: 'none', function: 'get', args: ['k'] }
    await assert.rejects(world.node.query(service, { function: 'call', args: asked }), {
      code: 'CONTRACT_UNKNOWN',
    })
  })

  it('makes a transaction again that read what another one changed before it', async () => {
    const add = (id: string) => sent(id, { contract: 'notes', function: 'count', args: ['n'] })
    const outcomes = await Promise.all(['1', '2', '3', '4'].map(add))
    const states = outcomes.map((one) => (one.state === 'rejected' ? one.code : one.state))
    const known = ['committed', 'TRANSACTION_CONFLICT']
    assert.ok(
      states.every((state) => known.includes(state)),
      states.join(),
    )
    const done = states.filter((state) => state === 'committed').length
    assert.ok(done > 1, states.join())
    const [writer] = world.writers
    assert.equal(await world.get(world.node, writer, 'n'), String(done))
  })
})
