import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { testFolder } from '../../testing/folder.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { openHomeLedger } from '../../testing/node-home.ts'
import { createHome, homePaths } from '../create-home.ts'
import { joinAlliance, unsaidFacts } from '../join-alliance.ts'
import { startNode } from '../node.ts'
import { initNetwork } from './init-network.ts'
import { networkPaths, readNetwork } from './network-file.ts'

const clock = { nowSeconds: () => 1_800_000_000 }
const onFailure = (error: Error) => {
  throw error
}
const gateway = 'http://127.0.0.1:8420'
const facts = { ...unsaidFacts, software: 'openbsn 0.1.0' }

describe('a ledger of one process that becomes a network', () => {
  const folder = testFolder()
  const home = join(folder.path, 'home')
  const init = (more = {}) =>
    initNetwork({ home, listen: '127.0.0.1:8430', node: 'node-1', ...more }, { clock, onFailure })
  before(() => createHome({ home, name: 'Test', gateway }, { clock, onFailure }))
  after(() => folder.remove())

  it('is there, and has its node on it', async () => {
    const empty = join(folder.path, 'empty')
    await assert.rejects(init({ home: empty }), { code: 'HOME_EMPTY' })
    const message = 'The ledger has no city node node-1: start it once before.'
    await assert.rejects(init(), { code: 'NODE_NOT_REGISTERED', message })
    // What was begun and refused goes on where it is done again.
    const ledger = openHomeLedger(home)
    const { profile } = homePaths(home)
    const operator = namedSigner('operator')
    await joinAlliance({ profile, gateway, facts }, { ledger, operator, clock })
    await ledger.close()
    const { start } = await init()
    assert.deepEqual(readNetwork(home).start, start)
  })

  it('becomes one once', async () => {
    const file = readFileSync(networkPaths(home).file)
    await assert.rejects(init({ listen: '127.0.0.1:1' }), { code: 'NETWORK_EXISTS' })
    assert.deepEqual(readFileSync(networkPaths(home).file), file)
  })

  it('starts with a CometBFT, and with nothing less', async () => {
    const deps = { clock, onFailure, logStream: { write: () => {} } }
    const options = { home, port: 0, version: '0.1.0' }
    await assert.rejects(startNode(options, deps), { code: 'NETWORK_ENGINE_MISSING' })
  })

  it('is told in a file that is whole', () => {
    const { file } = networkPaths(home)
    const right = JSON.parse(readFileSync(file, 'utf8'))
    const { start } = right
    for (const wrong of [
      '{"format":',
      'null',
      { ...right, format: 'openbsn-network-2' },
      { ...right, listen: 8430 },
      { ...right, peers: 'id@host:1' },
      { ...right, start: { ...start, ledger: undefined } },
      { ...right, start: { ...start, appHash: start.appHash.slice(2) } },
      { ...right, start: { ...start, initialHeight: 0 } },
      { ...right, start: { ...start, time: 1.5 } },
      { ...right, start: { ...start, validators: 'oQ' } },
    ]) {
      const text = typeof wrong === 'string' ? wrong : JSON.stringify(wrong)
      writeFileSync(file, text)
      assert.throws(() => readNetwork(home), { code: 'NETWORK_FILE_INVALID' }, text)
    }
    writeFileSync(file, JSON.stringify(right))
    assert.equal(readNetwork(home).start.ledger, start.ledger)
  })
})
