import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { systemClock } from '../../../kernel/clock.ts'
import { testFolder } from '../../../testing/folder.ts'
import { Archives } from '../packages/archives.ts'
import { ContractRuns } from './contract-runs.ts'
import { PortsFile } from './ports-file.ts'

describe('contracts of a node', () => {
  const folder = testFolder()
  after(() => folder.remove())

  it('run packages that the node has, and nothing that a name leads to', async () => {
    const ports = new PortsFile(folder.file('ports.json'), '127.0.0.1')
    const archives = new Archives(folder.file('archives'))
    const options = { folder: folder.path, env: {} }
    const runs = new ContractRuns(options, { clock: systemClock, ports, archives })
    const names = ['preset:none', 'preset:../contract-functions', 'preset:', 'evidence']
    for (const name of [...names, 'ab'.repeat(32)]) {
      await assert.rejects(runs.run(name), { code: 'CONTRACT_PACKAGE_UNKNOWN' }, name)
    }
    await runs.close()
  })
})
