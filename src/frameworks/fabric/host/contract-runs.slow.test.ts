import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { after, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { testFolder } from '../../../testing/folder.ts'
import { needs } from '../../../testing/needs.ts'
import { goPackage } from '../../../testing/pack-archive.ts'
import { userEnvironment } from '../../../testing/user-engines.ts'
import { Archives } from '../packages/archives.ts'
import { ContractRuns } from './contract-runs.ts'
import { PortsFile } from './ports-file.ts'

describe('a package that does not build', () => {
  const folder = testFolder()
  after(() => folder.remove())

  it('is built again after a while, or where it is sent anew, not with every look', async (t) => {
    if (!needs(t, 'go')) return
    let seconds = 1000
    const clock = { nowSeconds: () => seconds }
    const archives = new Archives(folder.file('archives'))
    const ports = new PortsFile(folder.file('ports.json'), '127.0.0.1')
    const options = { folder: folder.path, env: userEnvironment() }
    const runs = new ContractRuns(options, { clock, ports, archives })
    const bytes = await goPackage('package main\n\nfunc main() { missing() }\n')
    const digest = createHash('sha256').update(bytes).digest('hex')
    const send = () => archives.take(digest, Readable.from([bytes]))
    const failing = async () => {
      const error = await runs.run(digest).catch((one: Error) => one)
      assert.match(String(error), /while Go compiles[\s\S]*undefined: missing/)
      return error
    }
    await send()
    const first = await failing()
    seconds += 599
    assert.equal(await failing(), first)
    seconds += 1
    const second = await failing()
    assert.notEqual(second, first)
    // Times of files are told apart.
    await setTimeout(20)
    await send()
    assert.notEqual(await failing(), second)
    await runs.close()
  })
})
