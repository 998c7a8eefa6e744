import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Contract } from '@hyperledger/fabric-gateway'
import type { PeerClient } from '../../src/frameworks/fabric/channels/connect-channel.ts'
import { connectOrganisation } from '../../src/frameworks/fabric/channels/open-channel.ts'
import { contract as evidence } from '../../src/frameworks/fabric/contracts/presets/evidence.ts'
import { contract as keyValue } from '../../src/frameworks/fabric/contracts/presets/key-value.ts'
import { FabricNetwork } from '../../src/testing/fabric-network.ts'
import { skipUnless } from '../../src/testing/needs.ts'

const presets = join(import.meta.dirname, '../../src/frameworks/fabric/contracts/presets')
const modules = { kv: join(presets, 'key-value.ts'), proof: join(presets, 'evidence.ts') }

/** What a contract answers, or what it refuses with. */
async function said(asked: Promise<Uint8Array>): Promise<string> {
  try {
    return Buffer.from(await asked).toString('utf8')
  } catch (error) {
    const { details } = error as { readonly details: readonly { readonly message: string }[] }
    return details.map(({ message }) => message).join('; ')
  }
}

describe('the contracts that need no upload', skipUnless('fabric'), () => {
  let network: FabricNetwork
  let clients: readonly PeerClient[]
  before(async () => {
    assert.ok(keyValue && evidence)
    network = await FabricNetwork.create(modules)
    await network.openChannel('presets', { kv: 'kv', proof: 'proof' })
    clients = await Promise.all(network.organisations.map(connectOrganisation))
  })
  after(async () => {
    for (const client of clients ?? []) client.close()
    await network?.close()
  })

  const contractsOf = (name: string): readonly Contract[] =>
    clients.map((client) => client.network('presets').getContract(name))

  it('keep values under keys, in the words that clients of BSN know', async () => {
    const [first, second] = contractsOf('kv')
    assert.ok(first && second)
    const pair = (baseKey: string, baseValue: unknown) => JSON.stringify({ baseKey, baseValue })
    const write = (name: string, ...args: string[]) => said(first.submitTransaction(name, ...args))
    const ask = (name: string, ...args: string[]) => said(first.evaluateTransaction(name, ...args))
    assert.equal(await write('set', pair('a', 'one')), 'SUCCESS')
    assert.match(await write('set', pair('a', 'two')), /key value already exists/)
    assert.equal(await write('update', pair('a', { n: 2 })), 'SUCCESS')
    assert.match(await write('update', pair('b', 'x')), /key value not exist/)
    assert.equal(await ask('get', 'a'), '{"n":2}')
    assert.match(await ask('get', 'b'), /data not found/)
    for (const args of [[], ['a', 'b']]) assert.match(await ask('get', ...args), /parameters error/)
    for (const bad of ['', '{', '{"baseKey":""}', '{"baseKey":"x"}', 'null']) {
      assert.match(await write('set', bad), /parameters error/, bad)
    }
    assert.equal(await write('delete', 'a'), 'SUCCESS')
    assert.match(await write('delete', 'a'), /key value not exist/)
    const history = JSON.parse(await ask('getHistory', 'a'))
    assert.deepEqual(
      history.map(({ dataInfo, isDelete }: Record<string, string>) => [dataInfo, isDelete]),
      [
        ['', 'true'],
        ['{"n":2}', 'false'],
        ['one', 'false'],
      ],
    )
    assert.match(await ask('drop'), /there is no drop; there are: set, update, delete, get/)
  })

  it('keep evidence that the other organisation reads, each once', async () => {
    const [first, second] = contractsOf('proof')
    assert.ok(first && second)
    const digest = createHash('sha256').update('a letter').digest('hex')
    const added = JSON.parse(await said(first.submitTransaction('add', 'e1', digest, 'a letter')))
    assert.equal(added.by, 'alphaMSP')
    assert.match(await said(second.submitTransaction('add', 'e1', digest, 'x')), /e1 already/)
    assert.deepEqual(JSON.parse(await said(second.evaluateTransaction('get', 'e1'))), added)
    assert.equal(await said(second.evaluateTransaction('check', 'e1', digest)), 'true')
    assert.equal(await said(second.evaluateTransaction('check', 'e1', '00')), 'false')
    assert.match(await said(first.submitTransaction('add', 'e2', 'x', 'y')), /64 lower-case hex/)
  })
})
