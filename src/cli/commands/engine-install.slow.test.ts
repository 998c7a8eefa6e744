import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Check } from 'typebox/schema'
import { testCli } from '../../testing/cli.ts'
import { testFolder } from '../../testing/folder.ts'
import { needs } from '../../testing/needs.ts'
import { userEnvironment } from '../../testing/user-engines.ts'
import { command } from './engine-install.ts'

const argv = ['engine', 'install', 'cometbft']

describe('bsn engine install', () => {
  it('installs cometbft, which is then found and installed no second time', async (t) => {
    if (!needs(t, 'go')) return
    // The cache of the user: built once for each machine.
    const env = { ...userEnvironment(), BSN_ENGINE_COMETBFT: '' }
    const first = await testCli(argv, { env })
    assert.equal(first.code, 0, first.stderr)
    assert.match(first.stdout, /^cometbft 1\.0\.1 (installed in|is installed already).* MB\)\n$/)
    const second = await testCli([...argv, '--json'], { env })
    assert.ok(Check(command.output, second.json()))
    assert.equal(second.json().isNew, false)
    assert.equal(second.stderr, '')
    const path = await testCli(['engine', 'path', 'cometbft'], { env })
    assert.equal(path.stdout.trim(), second.json().path)
    const list = await testCli(['engine', 'list', '--json'], { env })
    assert.match(list.stdout, /"state":"installed"/)
    const named = { ...env, BSN_ENGINE_COMETBFT: '/elsewhere' }
    assert.match((await testCli(argv, { env: named })).stderr, /BSN_ENGINE_COMETBFT names another/)
  })

  it('leaves nothing where it is interrupted', async (t) => {
    if (!needs(t, 'go')) return
    const { path, remove } = testFolder()
    t.after(remove)
    const env = { ...userEnvironment(), XDG_CACHE_HOME: path, BSN_ENGINE_COMETBFT: '' }
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 200)
    const { code, stdout, stderr } = await testCli(argv, { env, interrupted: () => stop.signal })
    assert.deepEqual([code, stdout], [130, ''])
    assert.match(stderr, /interrupted: nothing was installed\n$/)
    const missing = await testCli(['engine', 'path', 'cometbft'], { env })
    assert.equal(missing.code, 4)
  })

  it('says what is missing where there is no Go', async (t) => {
    const { path, remove } = testFolder()
    t.after(remove)
    const { code, problem } = await testCli([...argv, '--json'], {
      env: { XDG_CACHE_HOME: path, PATH: path },
    })
    assert.deepEqual([code, problem().code], [1, 'ENGINE_TOOLCHAIN_MISSING'])
  })
})
