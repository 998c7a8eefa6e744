import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { engineRecipes, recipeOf } from './recipes.ts'

describe('the recipes of engines', () => {
  it('pin each module by its hash, and the engine in the version that they say', () => {
    for (const [name, recipe] of Object.entries(engineRecipes)) {
      assert.equal(recipe.name, name)
      if (recipe.from !== 'go') continue
      const mod = readFileSync(join(recipe.folder, 'go.mod'), 'utf8')
      const sum = readFileSync(join(recipe.folder, 'go.sum'), 'utf8')
      const required = [...mod.matchAll(/^\t?(?:require )?([\w./-]+) (v\S+)/gm)]
      assert.ok(required.length > 0)
      for (const [, module, version] of required) {
        assert.ok(sum.includes(`${module} ${version}/go.mod h1:`), `${module} ${version}`)
      }
      const [main = ''] = recipe.packages
      const [, , version] = required.find(([, module = '?']) => main.startsWith(`${module}/`)) ?? []
      assert.equal(version, `v${recipe.moduleVersion ?? recipe.version}`)
      assert.match(mod, new RegExp(`^go ${recipe.goVersionMin}(\\.\\d+)?$`, 'm'))
    }
  })

  it('are found by name', () => {
    assert.equal(recipeOf('cometbft').version, '1.0.1')
    for (const name of ['comet', 'toString', '']) {
      assert.throws(() => recipeOf(name), { code: 'ENGINE_UNKNOWN', message: /cometbft/ })
    }
  })
})
