import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Check } from 'typebox/schema'
import { testCli } from '../../testing/cli.ts'
import { testFolder } from '../../testing/folder.ts'
import { command } from './engine-path.ts'

describe('bsn engine path', () => {
  it('prints where the program is, and ends with 4 where it is nowhere', async (t) => {
    const { path, file, remove } = testFolder()
    t.after(remove)
    const program = file('cometbft', '#!/bin/sh\necho 1.0.1\n', 0o700)
    const argv = ['engine', 'path', 'cometbft']
    const env = { XDG_CACHE_HOME: path, BSN_ENGINE_COMETBFT: program }
    assert.equal((await testCli(argv, { env })).stdout, `${program}\n`)
    assert.ok(Check(command.output, (await testCli([...argv, '--json'], { env })).json()))
    const missing = await testCli([...argv, '--json'], { env: { XDG_CACHE_HOME: path } })
    assert.deepEqual([missing.code, missing.stdout], [4, ''])
    assert.equal(missing.problem().code, 'ENGINE_MISSING')
    const unknown = await testCli(['engine', 'path', 'tendermint', '--json'])
    assert.deepEqual([unknown.code, unknown.problem().code], [4, 'ENGINE_UNKNOWN'])
  })
})
