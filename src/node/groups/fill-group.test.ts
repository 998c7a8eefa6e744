import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { validator } from '@openbsn/sdk'
import { testFolder } from '../../testing/folder.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { groupHome, groupNames, leftMark } from '../environment.ts'
import { writeNetwork } from '../network/network-file.ts'
import { fillGroup } from './fill-group.ts'

const start = {
  ...{ ledger: 'x', initialHeight: 1, time: 1, appHash: new Uint8Array(32) },
  validators: [validator(namedSigner('validator').key, 1)],
}

function network(home: string, listen: string): void {
  mkdirSync(join(home, 'network'), { recursive: true })
  writeNetwork(home, { start, operator: 'a', listen, external: listen, peers: [] })
}

async function listening(t: TestContext): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

describe('the folder of a group', () => {
  it('is there whole or not at all, and once', async (t) => {
    const folder = testFolder()
    t.after(() => folder.remove())
    const home = folder.path
    network(home, '127.0.0.1:1')
    const of = { home, name: 'east', listen: '127.0.0.1:0' }
    const broken = fillGroup(of, async (draft) => {
      network(draft, 'x:2')
      throw new RangeError('half')
    })
    await assert.rejects(broken, RangeError)
    assert.deepEqual([groupNames(home), existsSync(groupHome(home, 'east'))], [[], false])
    await fillGroup(of, async (draft) => network(draft, 'x:2'))
    assert.deepEqual(groupNames(home), ['east'])
    await assert.rejects(
      fillGroup(of, async () => assert.fail()),
      { code: 'GROUP_EXISTS' },
    )
    await assert.rejects(
      fillGroup({ ...of, name: '../x' }, async () => assert.fail()),
      { code: 'GROUP_NAME_INVALID' },
    )
    writeFileSync(leftMark(groupHome(home, 'east')), '')
    assert.deepEqual(groupNames(home), [])
  })

  it('needs a port that nothing has, and nothing of this node is to have', async (t) => {
    const folder = testFolder()
    t.after(() => folder.remove())
    const home = folder.path
    network(home, '127.0.0.1:8430')
    network(groupHome(home, 'west'), '127.0.0.1:8431')
    for (const port of [8430, 8431, await listening(t)]) {
      const of = { home, name: 'east', listen: `127.0.0.1:${port}` }
      await assert.rejects(
        fillGroup(of, async () => assert.fail()),
        { code: 'GROUP_ADDRESS_TAKEN' },
      )
    }
  })
})
