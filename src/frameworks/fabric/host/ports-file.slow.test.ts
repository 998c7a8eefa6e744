import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { testFolder } from '../../../testing/folder.ts'
import { PortsFile } from './ports-file.ts'

describe('ports of the programs of a node', () => {
  const folder = testFolder()
  after(() => folder.remove())
  const opened = (host = '127.0.0.1') => new PortsFile(folder.file('ports.json'), host)

  it('are taken once, each for one program, and are the same after a restart', async () => {
    const names = ['ca', 'peer', 'orderer', 'peer']
    const ports = opened()
    const taken = await Promise.all(names.map((name) => ports.of(name)))
    assert.equal(new Set(taken).size, 3)
    assert.equal(taken[1], taken[3])
    assert.ok(taken.every((port) => port >= 20_000 && port < 32_000))
    const again = opened()
    assert.deepEqual(await Promise.all(names.map((name) => again.of(name))), taken)
  })

  it('are not there on an address that is of another machine', async () => {
    // From the range that documentation has for itself: no machine has it.
    const away = opened('192.0.2.1')
    await assert.rejects(away.of('other'), {
      code: 'FABRIC_PORTS_TAKEN',
      message: /no port is free on 192\.0\.2\.1/,
    })
    // What was taken before stays, and this node goes on where it can.
    assert.ok((await away.of('peer')) > 0)
  })
})
