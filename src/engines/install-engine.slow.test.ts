import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { testFolder } from '../testing/folder.ts'
import { needs } from '../testing/needs.ts'
import { tinyRecipe } from '../testing/tiny-engine.ts'
import { userEngineCache, userEnvironment } from '../testing/user-engines.ts'
import { installedFolder, programIn } from './find-engine.ts'
import type { BuildProgress } from './go-build.ts'
import { type InstallOptions, installEngine } from './install-engine.ts'
import { type GoRecipe, recipeOf } from './recipes.ts'

const signal = new AbortController().signal

/** Nothing here may be fetched from anywhere. */
const env = { ...userEnvironment(), GOPROXY: 'off', GOTOOLCHAIN: 'local' }

function setUp(t: TestContext, more: Partial<GoRecipe> = {}) {
  const { file, remove } = testFolder()
  t.after(remove)
  const recipe = tinyRecipe(file('recipe'), more)
  const cache = file('cache')
  const place = installedFolder(cache, recipe)
  return {
    recipe,
    cache,
    file,
    place,
    program: programIn(place, recipe),
    /** What lies beside the installed engine, with drafts. */
    beside: () => readdirSync(dirname(place)).toSorted(),
    install: (options: Partial<InstallOptions> = {}, onProgress?: (at: BuildProgress) => void) =>
      installEngine(
        { recipe, cache, env, ...options },
        { signal, ...(onProgress ? { onProgress } : {}) },
      ),
  }
}

describe('installing an engine', () => {
  it('builds it once, and again where that is asked for', async (t) => {
    if (!needs(t, 'go')) return
    const { install, program, beside } = setUp(t)
    const progress: BuildProgress[] = []
    const first = await install({}, (at) => progress.push(at))
    const { size, ino } = statSync(program)
    assert.deepEqual(first, {
      ...{ name: 'tiny', version: '1.2.3', path: program, isGiven: false },
      ...{ sizeBytes: size, isNew: true },
    })
    assert.equal(progress[0]?.phase, 'compile')
    const last = progress.at(-1)
    assert.ok(last?.phase === 'compile' && last.packages > 0 && last.packages <= last.total)
    assert.equal((await install()).isNew, false)
    assert.equal(statSync(program).ino, ino)
    assert.equal((await install({ force: true })).isNew, true)
    assert.notEqual(statSync(program).ino, ino)
    assert.equal(beside().length, 1, beside().join())
  })

  it('mends what is there and does not work', async (t) => {
    if (!needs(t, 'go')) return
    const { install, program } = setUp(t)
    mkdirSync(dirname(program), { recursive: true })
    writeFileSync(program, '', { mode: 0o700 })
    assert.equal((await install()).isNew, true)
  })

  it('by several at once leaves one, and each gets it', async (t) => {
    if (!needs(t, 'go')) return
    const { install, beside } = setUp(t)
    const installed = await Promise.all([install(), install({ force: true }), install()])
    assert.equal(new Set(installed.map(({ path }) => path)).size, 1)
    assert.equal(beside().length, 1, beside().join())
  })

  it('that is broken off leaves nothing, and what a killed one left goes in time', async (t) => {
    if (!needs(t, 'go')) return
    const { recipe, cache, beside, install, place } = setUp(t)
    const abort = new AbortController()
    const onProgress = () => abort.abort()
    const broken = installEngine({ recipe, cache, env }, { signal: abort.signal, onProgress })
    await assert.rejects(broken, { code: 'ENGINE_STOPPED' })
    assert.deepEqual(beside(), [])
    for (const [name, ageHours] of [
      ['.draft-old', 25],
      ['.draft-young', 1],
    ] as const) {
      const draft = join(dirname(place), name)
      mkdirSync(draft)
      const then = statSync(draft).mtimeMs / 1000 - ageHours * 3600
      utimesSync(draft, then, then)
    }
    await install()
    assert.deepEqual(beside().slice(0, -1), ['.draft-young'])
  })
})

describe('an engine that cannot be built', () => {
  it('says that Go is missing, or too old', async (t) => {
    const { install, recipe, file } = setUp(t)
    await assert.rejects(install({ env: { PATH: file('nothing') } }), {
      code: 'ENGINE_TOOLCHAIN_MISSING',
      message: /Go 1\.24 or later; there is no go on the PATH/,
    })
    mkdirSync(file('bin'))
    file('bin/go', '#!/bin/sh\necho go1.9.7\n', 0o700)
    await assert.rejects(install({ env: { PATH: file('bin') } }), {
      code: 'ENGINE_TOOLCHAIN_MISSING',
      message: /is Go 1\.9\./,
    })
    file('bin/go', '#!/bin/sh\necho mended badly\n', 0o700)
    await assert.rejects(install({ recipe, env: { PATH: file('bin') } }), {
      code: 'ENGINE_TOOLCHAIN_MISSING',
      message: /is mended badly\./,
    })
  })

  it('says what Go said of a module that is not to be had', async (t) => {
    if (!needs(t, 'go')) return
    const missing = 'openbsn.example/nowhere'
    const { install, recipe, beside } = setUp(t, { packages: [`${missing}/cmd/x`] })
    const mod = `module openbsn.example/tiny\n\ngo 1.24.0\n\nrequire ${missing} v1.0.0\n`
    writeFileSync(join(recipe.folder, 'go.mod'), mod)
    writeFileSync(
      join(recipe.folder, 'go.sum'),
      [
        `${missing} v1.0.0 h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=`,
        `${missing} v1.0.0/go.mod h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n`,
      ].join('\n'),
    )
    const message = /GOPROXY=off.*All of it: .*1\.2\.3-failed\.log$/s
    await assert.rejects(install(), { code: 'ENGINE_BUILD_FAILED', message })
    assert.deepEqual(beside(), ['1.2.3-failed.log'])
  })

  it('says what the compiler said', async (t) => {
    if (!needs(t, 'go')) return
    const { install, recipe, place, beside } = setUp(t)
    writeFileSync(join(recipe.folder, 'main.go'), 'package main\n\nfunc main() { nonsense() }\n')
    const message = /undefined: nonsense/
    await assert.rejects(install(), { code: 'ENGINE_BUILD_FAILED', message })
    assert.deepEqual(beside(), ['1.2.3-failed.log'])
    assert.match(readFileSync(join(dirname(place), '1.2.3-failed.log'), 'utf8'), message)
  })

  it('is not installed where it is of another version than its recipe says', async (t) => {
    if (!needs(t, 'go')) return
    const { install, beside } = setUp(t, { version: '1.2.4' })
    await assert.rejects(install(), { code: 'ENGINE_VERSION_WRONG' })
    assert.deepEqual(beside(), [])
  })
})

describe('cometbft', () => {
  it('is built from its recipe, into the cache of this user', async (t) => {
    if (!needs(t, 'go')) return
    const [recipe, cache] = [recipeOf('cometbft'), userEngineCache()]
    const options = { recipe, cache, env: userEnvironment() }
    const { version, sizeBytes } = await installEngine(options, { signal })
    assert.equal(version, '1.0.1')
    assert.ok(sizeBytes > 10e6)
  })
})
