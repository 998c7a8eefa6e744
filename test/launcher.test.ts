import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'

const launcher = join(import.meta.dirname, '../bin/bsn')

describe('bin/bsn', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'openbsn-launcher-'))
  after(() => rmSync(scratch, { recursive: true, force: true }))

  /** A Node of which only the version and the arguments matter. */
  function plantNode(path: string, version: string): void {
    mkdirSync(dirname(path), { recursive: true })
    const script = `#!/bin/sh\n[ "$1" = --version ] && echo ${version} || echo ${version} "$@"\n`
    writeFileSync(path, script, { mode: 0o755 })
  }

  /** A package `openbsn` as installed, built or as a clone, in a folder of its own. */
  function plantPackage(name: string, kind: 'built' | 'clone') {
    const folder = join(scratch, name)
    const main = kind === 'built' ? 'dist/cli/main.js' : 'src/cli/main.ts'
    mkdirSync(join(folder, 'bin'), { recursive: true })
    mkdirSync(dirname(join(folder, main)), { recursive: true })
    writeFileSync(join(folder, main), '')
    copyFileSync(launcher, join(folder, 'bin/bsn'))
    return { folder, program: join(folder, 'bin/bsn'), main: join(folder, main) }
  }

  /** PATH holds the system's tools and, when given, a planted Node before any other. */
  function run(program: string, nodeFolder = scratch, cwd = scratch) {
    const env = { PATH: `${nodeFolder}:/usr/bin:/bin`, HOME: scratch }
    return spawnSync(program, ['a b', '--c'], { cwd, env, encoding: 'utf8' })
  }

  it('takes the Node of a clone, and its sources', () => {
    const { folder, program, main } = plantPackage('clone', 'clone')
    plantNode(join(folder, 'node_modules/node/bin/node'), 'v24.1.0')
    const expected = `v24.1.0 --conditions=openbsn-source ${main} a b --c\n`
    assert.equal(run(program).stdout, expected)
    assert.equal(run('./bsn', scratch, join(folder, 'bin')).stdout, expected)
  })

  it('takes a Node that npm hoisted, through relative and absolute links', () => {
    const { program, main } = plantPackage('app/node_modules/openbsn', 'built')
    plantNode(join(scratch, 'app/node_modules/node/bin/node'), 'v24.2.0')
    const links = join(scratch, 'app/node_modules/.bin')
    mkdirSync(links)
    symlinkSync('../openbsn/bin/bsn', join(links, 'bsn'))
    symlinkSync(join(links, 'bsn'), join(scratch, 'far'))
    for (const path of [program, join(links, 'bsn'), join(scratch, 'far')]) {
      assert.equal(run(path).stdout, `v24.2.0 ${main} a b --c\n`)
    }
  })

  it('falls back to a Node 24 on PATH, and says what to do where there is none', () => {
    const { program, main } = plantPackage('alone', 'built')
    plantNode(join(scratch, 'new/node'), 'v26.0.0')
    assert.equal(run(program, join(scratch, 'new')).stdout, `v26.0.0 ${main} a b --c\n`)

    plantNode(join(scratch, 'old/node'), 'v20.3.1')
    const refused = run(program, join(scratch, 'old'))
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /PATH is: v20\.3\.1.*npm ci/s)
  })
})
