import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { suites } from './suites.ts'

const root = join(import.meta.dirname, '../..')
const stepsOf = (name: string) => (suites[name]?.() ?? []).flat()
const filesOf = (name: string) => stepsOf(name).flatMap(({ files = [] }) => files)

/** Every file of a pattern that is the project's own. */
function own(pattern: string): string[] {
  const exclude = (path: string) => /(^|\/)(node_modules|dist)(\/|$)/.test(path)
  return globSync(pattern, { cwd: root, exclude }).toSorted()
}

describe('suites of checks', () => {
  it('run every test of the project once', () => {
    assert.deepEqual(filesOf('test').toSorted(), own('**/*.test.ts'))
    assert.deepEqual(filesOf('long').toSorted(), own('**/*.long.ts'))
  })

  it('check format, types, form and units in the quick one, and all of it in the whole one', () => {
    const [quick, whole] = [filesOf('check'), new Set(filesOf('test'))]
    assert.ok(quick.includes('src/tidy.test.ts') && quick.includes('sdk/src/statement.test.ts'))
    assert.deepEqual(
      quick.filter((file) => !whole.has(file)),
      [],
    )
    const checks = (name: string) =>
      stepsOf(name).flatMap(({ name, files }) => (files ? [] : [name]))
    const quickChecks = ['format and lint (biome)', 'types (tsc)', 'types of the portal (tsc)']
    assert.deepEqual(checks('check'), quickChecks)
    const built = [...quickChecks, 'the portal that tests open', 'generated files unchanged']
    assert.deepEqual(checks('test').slice(0, built.length), built)
  })

  it('have a script of npm each, and every script starts what is there', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const runner = readFileSync(join(root, 'bin/npm-run.mjs'), 'utf8')
    const named = Object.entries<string>(scripts).filter(([, line]) => line.includes('npm-run.mjs'))
    const names = named.map(([name]) => name)
    for (const name of ['start', 'test', 'check', 'test:long', 'bench']) {
      assert.ok(names.includes(name), name)
    }
    for (const [name, line] of named) {
      const [, task = ''] = /npm-run\.mjs (\S+)/.exec(line) ?? []
      const [, parts] = new RegExp(`^ {2}'?${task}'?: \\[(.+)\\],$`, 'm').exec(runner) ?? []
      const [file = '', suite = ''] = [...(parts ?? '').matchAll(/'([^']+)'/g)].map(
        ([, part = '']) => part,
      )
      assert.ok(file !== '' && existsSync(join(root, file)), `${name}: ${file}`)
      if (file.endsWith('run-checks.ts')) assert.ok(suites[suite], `${name}: ${suite}`)
    }
  })
})
