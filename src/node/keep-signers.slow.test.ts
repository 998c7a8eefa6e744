import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { createKeyEncryption } from '../crypto/key-encryption.ts'
import type { Framework } from '../frameworks/framework.ts'
import { idOf, never } from '../frameworks/world-contract.ts'
import { createLogger } from '../gateway/logger.ts'
import type { JsonObject } from '../kernel/json.ts'
import { Projection } from '../ledger/projection/projection.ts'
import { externalChainAt, startAnvil } from '../testing/anvil-node.ts'
import { until } from '../testing/engine-program.ts'
import { testFolder } from '../testing/folder.ts'
import { credentialOf, keyOf, LedgerWorld } from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { type OpenEvm, openEvm } from './open-evm.ts'

const receiver = '0x00000000000000000000000000000000000000aa'
const place = { city: 'x', country: 'NO', latitude: 1, longitude: 2, software: 'x' }
const gatewayOf = (id: string) => `https://${id}.example.org`

/** The city nodes oslo and roma, each with its own way to one chain, on which the test mines. */
async function twoNodes(t: TestContext) {
  const anvil = await startAnvil(t)
  const nodes: OpenEvm[] = []
  const world = await LedgerWorld.create({
    onBlock: ({ firstIndex }, entries) => {
      projection?.offer(firstIndex, entries)
      for (const node of nodes) node.committed(firstIndex, entries)
    },
  })
  let projection: Projection | undefined
  for (const id of ['oslo', 'roma']) {
    await world.done('operator-key-register', { key: keyOf(id) })
    const facts = { id, ...place, gateway: gatewayOf(id), frameworks: ['evm'] }
    await world.done('node-register', facts)
  }
  await world.done('service-create', { id: 'coin', framework: 'evm', keyMode: 'key-trust' })
  for (const id of ['c8', 'c9']) {
    const more = { service: 'coin', operators: ['admin'] }
    await world.done('credential-create', credentialOf(id, more))
  }
  const { path, remove } = testFolder()
  const { ledger, clock } = world
  const size = () => ledger.head.firstIndex + ledger.head.count
  const source = { size, entriesFrom: (from: number) => ledger.store.entriesFrom(from) }
  const onFailure = (error: Error) => world.failures.push(error)
  const lists = new Projection({ folder: join(path, 'lists') }, { source, onFailure })
  projection = lists
  for (const id of ['oslo', 'roma']) {
    const chain = externalChainAt(t, { ...anvil, finalDepth: 0 })
    const chains = {
      ...{ engine: 'external' as const, isFailing: () => false },
      of: (service: string) => (service === 'coin' ? chain : undefined),
      close: async () => {},
    }
    nodes.push(
      openEvm(
        { file: join(path, `${id}.sqlite`) },
        {
          ...{ ledger, lists, chains, clock, logger: silent, node: () => id },
          keys: createKeyEncryption(new Uint8Array(32)),
          operator: { id: 'admin', signer: namedSigner(id) },
          isStopped: () => false,
        },
      ),
    )
  }
  t.after(async () => {
    for (const node of nodes) await node.close()
    await lists.close()
    await world.remove()
    remove()
    assert.deepEqual(world.failures, [])
  })
  const [oslo, roma] = nodes.map(({ framework }) => framework)
  return { world, anvil, oslo: oslo ?? assert.fail(), roma: roma ?? assert.fail() }
}

const silent = createLogger(
  { service: 'bsn', node: 'test' },
  { stream: { write: () => undefined } },
)

async function addressAt(node: Framework, credential: string): Promise<string> {
  const asked = { function: 'account', args: {}, credential }
  return String(((await node.query('coin', asked)) as JsonObject).address)
}

const atOslo = { code: 'SERVICE_ELSEWHERE', details: { gateways: gatewayOf('oslo') } }

const pay = (credential: string, name: string) => ({
  ...{ service: 'coin', credential, function: 'send', id: idOf(name) },
  args: { to: receiver, value: '1' },
})

describe('city nodes on one chain of others', () => {
  it('give a call one effect, through whichever it comes', async (t) => {
    const { anvil, oslo, roma, world } = await twoNodes(t)
    const address = await addressAt(oslo, 'c9')
    await anvil.ask('anvil_setBalance', address, '0xde0b6b3a7640000')
    const first = oslo.submit([pay('c9', 'one')], never)
    const isThere = async () => (await anvil.ask('txpool_status')).pending === '0x1'
    await until('it waits at the chain', isThere)
    await assert.rejects(roma.submit([pay('c9', 'one')], never), atOslo)
    await assert.rejects(roma.status(pay('c9', 'one')), atOslo)
    await assert.rejects(addressAt(roma, 'c9'), atOslo)
    await anvil.ask('evm_mine')
    const [outcome] = await first
    assert.equal(outcome?.state, 'committed')
    await assert.rejects(roma.submit([pay('c9', 'one')], never), atOslo)
    const [again] = await oslo.submit([pay('c9', 'one')], never)
    assert.equal(again?.state === 'committed' && again.isRepeat, true)
    await anvil.ask('evm_mine')
    assert.equal(await anvil.ask('eth_getBalance', receiver, 'latest'), '0x1')
    assert.equal(world.ledger.get('sender/c8'), undefined, 'nothing is said of who never wrote')
  })

  it('agree who signs when both are asked at once, and go on when one is retired', async (t) => {
    const { anvil, oslo, roma, world } = await twoNodes(t)
    const both = await Promise.allSettled([oslo, roma].map((node) => addressAt(node, 'c8')))
    const fulfilled = both.filter(({ status }) => status === 'fulfilled')
    assert.equal(fulfilled.length, 1, JSON.stringify(both))
    const isOslo = both[0]?.status === 'fulfilled'
    await world.done('node-retire', { id: isOslo ? 'oslo' : 'roma', expect: 1 })
    const left = isOslo ? roma : oslo
    const address = await addressAt(left, 'c8')
    await anvil.ask('anvil_setBalance', address, '0xde0b6b3a7640000')
    const sent = left.submit([pay('c8', 'two')], never)
    await until('it waits', async () => (await anvil.ask('txpool_status')).pending === '0x1')
    await anvil.ask('evm_mine')
    const [outcome] = await sent
    assert.equal(outcome?.state, 'committed')
  })
})
