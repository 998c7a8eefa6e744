import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { sha256, utf8 } from '@openbsn/sdk'
import { testFolder } from '../../../testing/folder.ts'
import { namedSigner } from '../../../testing/named-signer.ts'
import { namedValidator } from '../../../testing/net-statements.ts'
import { genesisFile, nodeIdOf, writeCometConfig, writeCometHome } from './comet-home.ts'

const key = (name: string) => ({ secret: sha256(utf8(name)), raw: namedSigner(name).key.raw })
const genesis = genesisFile({
  ...{ ledger: 'bsn1x', initialHeight: 12, time: 1_800_000_000, appHash: Buffer.alloc(32, 0xab) },
  validators: [namedValidator('v0')],
})

describe('the folder of CometBFT', () => {
  it('begins where the ledger stands, with its validators', () => {
    const document = JSON.parse(genesis)
    assert.equal(document.chain_id, 'bsn1x')
    assert.equal(document.genesis_time, '2027-01-15T08:00:00.000Z')
    assert.equal(document.initial_height, '12')
    // Extensions carry the signatures of receipts, from the first block on.
    assert.equal(document.consensus_params.feature.vote_extensions_enable_height, '12')
    assert.equal(document.app_hash, 'AB'.repeat(32))
    const [one] = document.validators
    assert.equal(
      one.address,
      nodeIdOf(namedValidator('v0').consensusKey ?? key('').raw).toUpperCase(),
    )
    assert.equal(one.power, '10')
  })

  it('has secrets that its owner alone reads, and forgets nothing that was signed', () => {
    const folder = testFolder()
    const home = { genesis, nodeKey: key('node'), consensusKey: key('consensus') }
    writeCometHome(folder.path, home)
    const secrets = ['config/node_key.json', 'config/priv_validator_key.json']
    for (const name of [...secrets, 'data/priv_validator_state.json']) {
      assert.equal(statSync(join(folder.path, name)).mode & 0o777, 0o600, name)
    }
    const state = join(folder.path, 'data/priv_validator_state.json')
    assert.deepEqual(JSON.parse(readFileSync(state, 'utf8')), { height: '0', round: 0, step: 0 })
    writeFileSync(state, '{"height":"7","round":0,"step":3}')
    writeCometHome(folder.path, home)
    assert.equal(JSON.parse(readFileSync(state, 'utf8')).height, '7')
    folder.remove()
  })

  it('has no key to vote with where the node only follows', () => {
    const folder = testFolder()
    writeCometHome(folder.path, { genesis, nodeKey: key('node') })
    assert.deepEqual(readdirSync(join(folder.path, 'config')).sort(), [
      ...['genesis.json', 'node_key.json'],
    ])
    folder.remove()
  })

  it('is set to answer nobody but this process', () => {
    const folder = testFolder()
    const sockets = { abci: '/run/a', rpc: '/run/r' }
    const common = { moniker: 'a "b"', sockets, listen: '0.0.0.0:26656' }
    writeCometConfig(folder.path, { ...common, peers: ['x@h:1', 'y@h:2'] })
    const text = readFileSync(join(folder.path, 'config/config.toml'), 'utf8')
    const laddrs = [...text.matchAll(/^(\w*laddr) = (.*)$/gm)].map(([, name, value]) => [
      name,
      value,
    ])
    assert.deepEqual(laddrs, [
      ['laddr', '"unix:///run/r"'],
      ['pprof_laddr', '""'],
      ['laddr', '"tcp://0.0.0.0:26656"'],
    ])
    assert.match(text, /^moniker = "a \\"b\\""$/m)
    assert.match(text, /^persistent_peers = "x@h:1,y@h:2"$/m)
    folder.remove()
  })

  it('says where the state comes from, where there are no blocks yet', () => {
    const folder = testFolder()
    const sockets = { abci: '/run/a', rpc: '/run/r' }
    const common = { moniker: 'a', sockets, listen: '0.0.0.0:26656', peers: ['x@h:1'] }
    const stateSync = { height: 7, hash: 'AB'.repeat(32), server: 'http://h:2', giver: 'g@h:3' }
    writeCometConfig(folder.path, { ...common, stateSync })
    const text = readFileSync(join(folder.path, 'config/config.toml'), 'utf8')
    const [before = '', section = ''] = text.split('[statesync]\n')
    assert.match(before, /^persistent_peers = "x@h:1,g@h:3"$/m)
    assert.match(before, /^private_peer_ids = "g"$/m)
    assert.match(section, /^rpc_servers = "http:\/\/h:2,http:\/\/h:2"$/m)
    writeCometConfig(folder.path, common)
    assert.ok(!readFileSync(join(folder.path, 'config/config.toml'), 'utf8').includes('statesync'))
    folder.remove()
  })
})
