import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { testFolder } from '../../../testing/folder.ts'
import { createStateSync } from './state-sync.ts'

const start = {
  ...{ ledger: 'bsn1x', initialHeight: 5, time: 1, validators: [] },
  appHash: new Uint8Array(32),
}
const blocks = [7, 8, 9].map((height) => {
  return { height, hash: 'AB'.repeat(32), commit: {}, validators: [] }
})

/** Something stands for the second CometBFT: `test/scenarios/network.test.ts` has the real one. */
function syncOf(t: TestContext, starts: () => void = () => {}) {
  const folder = testFolder()
  const file = (name: string) => join(folder.path, name)
  const calls: string[] = []
  const engine = {
    start: async () => {
      calls.push('start')
      starts()
    },
    stop: async () => {
      calls.push('stop')
    },
  }
  const sockets = { abci: file('a.sock'), rpc: file('r.sock') }
  const sync = createStateSync(
    { start, blocks, comet: file('comet'), folder: file('giver'), sockets },
    { engine, onFailure: (error) => assert.fail(error) },
  )
  t.after(async () => {
    await sync.end()
    folder.remove()
  })
  return { sync, calls, folder: folder.path, file }
}

describe('the state that CometBFT begins with', () => {
  it('comes from a second one, which is there as long as it is needed', async (t) => {
    const { sync, calls, folder, file } = syncOf(t)
    const source = await sync.begin()
    assert.deepEqual([source.height, source.hash], [7, 'AB'.repeat(32)])
    const [id, address = ''] = source.giver.split('@')
    assert.equal(id, sync.giver)
    const config = readFileSync(file('giver/config/config.toml'), 'utf8')
    assert.match(config, new RegExp(`^laddr = "tcp://${address}"$`, 'm'))
    assert.match(config, /^pex = false$/m)
    const commit = { jsonrpc: '2.0', id: 1, method: 'commit', params: { height: '7' } }
    const answer = await fetch(source.server, { method: 'POST', body: JSON.stringify(commit) })
    assert.deepEqual(await answer.json(), { jsonrpc: '2.0', id: 1, result: {} })
    // As when CometBFT is started again.
    assert.deepEqual(await sync.begin(), source)
    await sync.end()
    assert.deepEqual(calls, ['start', 'stop'])
    assert.deepEqual(readdirSync(folder), [])
  })

  it('is taken by one that has nothing but what it signed', async (t) => {
    const { sync, file } = syncOf(t)
    mkdirSync(file('comet/data/state.db'), { recursive: true })
    const signed = file('comet/data/priv_validator_state.json')
    writeFileSync(signed, '{}')
    await sync.begin()
    assert.ok(existsSync(signed))
    assert.ok(!existsSync(file('comet/data/state.db')))
  })

  it('leaves nothing where it cannot begin, and can then', async (t) => {
    let isBroken = true
    const { sync, calls, folder } = syncOf(t, () => {
      if (isBroken) throw new RangeError('broken')
    })
    await assert.rejects(sync.begin(), /broken/)
    assert.deepEqual(readdirSync(folder), [])
    isBroken = false
    await sync.begin()
    assert.deepEqual(calls, ['start', 'stop', 'start'])
  })
})
