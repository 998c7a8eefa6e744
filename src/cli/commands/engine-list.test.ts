import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Check } from 'typebox/schema'
import { testCli } from '../../testing/cli.ts'
import { testFolder } from '../../testing/folder.ts'
import { command as list } from './engine-list.ts'

describe('bsn engine list', () => {
  it('says what is there and what is not', async (t) => {
    const { path, file, remove } = testFolder()
    t.after(remove)
    const good = file('good', '#!/bin/sh\necho 1.0.9\n', 0o700)
    const bad = file('bad', '#!/bin/sh\necho 0.38.26\n', 0o700)
    for (const [program, state, version, code] of [
      ['', 'missing', '1.0.1', 'ENGINE_MISSING'],
      [good, 'given', '1.0.9', undefined],
      [bad, 'unusable', '1.0.1', 'ENGINE_VERSION_WRONG'],
      ['/nowhere/cometbft', 'unusable', '1.0.1', 'ENGINE_MISSING'],
    ] as const) {
      const env = { XDG_CACHE_HOME: path, BSN_ENGINE_COMETBFT: program }
      const run = await testCli(['engine', 'list', '--json'], { env })
      assert.equal(run.code, 0)
      assert.ok(Check(list.output, run.json()), run.stdout)
      const [engine] = run.json().engines as Record<string, string>[]
      assert.deepEqual([engine?.state, engine?.version, engine?.code], [state, version, code])
      assert.equal(engine?.path, state === 'given' ? good : undefined)
    }
    const { stdout, stderr } = await testCli(['engine', 'list'], { env: { XDG_CACHE_HOME: path } })
    const lines = stdout.trim().split('\n')
    assert.equal(lines[0], 'cometbft\t1.0.1\tmissing\t\tone ledger over several nodes')
    assert.match(lines[1] ?? '', /^fabric\t3\.0\.0-dev\.20230405\tmissing\t\tHyperledger Fabric/)
    assert.match(lines[2] ?? '', /^fabric-ca\t1\.5\.6\tmissing\t\t/)
    assert.match(
      lines[3] ?? '',
      /^anvil\t1\.7\.1\tinstalled\t\S*@foundry-rs\S*\/anvil\tEVM sandboxes$/,
    )
    const advice = ['cometbft', 'fabric', 'fabric-ca'].map((name) => `bsn engine install ${name}\n`)
    for (const line of advice) assert.ok(stderr.includes(line), line)
  })
})
