import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { testFolder } from '../testing/folder.ts'
import { tinyRecipe } from '../testing/tiny-engine.ts'
import { findEngine, installedFolder, programIn } from './find-engine.ts'
import { recipeOf } from './recipes.ts'

function setUp(t: TestContext) {
  const folder = testFolder()
  t.after(folder.remove)
  const recipe = tinyRecipe(folder.file('recipe'))
  const cache = folder.file('cache')
  return {
    recipe,
    cache,
    /** A program that answers as it is told. */
    program: (path: string, answer: string) => {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, `#!/bin/sh\n${answer}\n`, { mode: 0o700 })
      return path
    },
    file: folder.file,
    installed: programIn(installedFolder(cache, recipe), recipe),
  }
}

describe('findEngine', () => {
  it('takes the program that is named, else the one that is installed', async (t) => {
    const { recipe, cache, program, file, installed } = setUp(t)
    await assert.rejects(findEngine({ recipe, cache }), {
      code: 'ENGINE_MISSING',
      message: 'tiny 1.2.3 is not installed. To install it: bsn engine install tiny',
    })
    program(installed, 'echo tiny 1.2.3')
    const found = { name: 'tiny', version: '1.2.3', path: installed, isGiven: false }
    assert.deepEqual(await findEngine({ recipe, cache }), found)
    const path = program(file('own'), 'echo tiny 1.2.9 >&2')
    const own = { name: 'tiny', version: '1.2.9', path, isGiven: true }
    assert.deepEqual(await findEngine({ recipe, cache, path }), own)
    // The one that is named counts, even where it is wrong.
    const nowhere = findEngine({ recipe, cache, path: '/nowhere/tiny' })
    await assert.rejects(nowhere, { code: 'ENGINE_MISSING', message: /\/nowhere\/tiny/ })
  })

  it('refuses another version, and what cannot be run', async (t) => {
    const { recipe, cache, program, file, installed } = setUp(t)
    const answers: [string, RegExp][] = [
      ['echo tiny 1.3.0', /1\.3\.0 \(code 0\)/],
      ['echo tiny 1.2.3; exit 1', /\(code 1\)/],
      ['echo unknown flag >&2; exit 64', /unknown flag \(code 64\)/],
      ['kill -9 $$', /SIGKILL/],
    ]
    for (const [answer, message] of answers) {
      const path = program(file('own'), answer)
      const finding = findEngine({ recipe, cache, path })
      await assert.rejects(finding, { code: 'ENGINE_VERSION_WRONG', message }, answer)
    }
    // A patch is right where an operator brings it, and a fault where the recipe built it.
    program(installed, 'echo tiny 1.2.4')
    await assert.rejects(findEngine({ recipe, cache }), { code: 'ENGINE_VERSION_WRONG' })
    const path = file('text', 'no program', 0o700)
    await assert.rejects(findEngine({ recipe, cache, path }), { code: 'ENGINE_VERSION_WRONG' })
  })

  it('finds what npm brought, and says where it should come from', async (t) => {
    const { cache } = setUp(t)
    const anvil = recipeOf('anvil')
    const { version, isGiven } = await findEngine({ recipe: anvil, cache })
    assert.deepEqual([version, isGiven], ['1.7.1', false])
    assert.ok(anvil.from === 'npm')
    const absent = { ...anvil, packagePrefix: '@openbsn/nowhere-' }
    const message = 'anvil 1.7.1 is not installed. To install it: npm install'
    await assert.rejects(findEngine({ recipe: absent, cache }), { code: 'ENGINE_MISSING', message })
  })
})
