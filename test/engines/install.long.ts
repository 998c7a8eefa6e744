import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { testFolder } from '../../src/testing/folder.ts'
import { needs } from '../../src/testing/needs.ts'
import { bsn } from '../cli/bsn.ts'

/** How Go is set up on this machine, and how it gets out. */
const passed = /^(GO|https?_proxy$|no_proxy$|SSL_CERT_)/i

describe('CometBFT on a machine that has nothing of it', { timeout: 1_800_000 }, () => {
  it('is fetched through the module proxy, built, and found from then on', async (t) => {
    if (!needs(t, 'go')) return
    const { path, file, remove } = testFolder()
    const modules = file('modules')
    const env = {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => passed.test(name))),
      ...{ XDG_CACHE_HOME: path, GOCACHE: file('build'), GOMODCACHE: modules },
    } as Record<string, string>
    t.after(() => {
      // Go writes its modules so that nobody changes or removes them by accident.
      spawnSync('go', ['clean', '-modcache'], { env: { ...process.env, ...env } })
      remove()
    })
    const where = () => bsn(['engine', 'path', 'cometbft'], { env })
    assert.equal((await where()).code, 4)
    const installed = await bsn(['engine', 'install', 'cometbft'], { env })
    assert.equal(installed.code, 0, installed.stderr)
    assert.match(installed.stderr, /^cometbft +50 modules fetched$/m)
    assert.match(installed.stderr, /[0-9]+ packages/)
    // What the proxy gave, checked by the hashes of the recipe: nothing was cloned.
    const fetched = readdirSync(join(modules, 'cache/download'))
    assert.ok(fetched.length > 0 && !readdirSync(join(modules, 'cache')).includes('vcs'))
    const found = await where()
    assert.equal(found.code, 0)
    assert.ok(found.stdout.startsWith(path), found.stdout)
    const again = await bsn(['engine', 'install', 'cometbft', '--json'], { env })
    assert.equal(JSON.parse(again.stdout).isNew, false)
  })
})
