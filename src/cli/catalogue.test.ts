import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { codeOf } from '../testing/import-graph.ts'
import { everyError } from './catalogue.ts'

const root = join(import.meta.dirname, '../..')

/** Code of what `npm test` runs, but for this file, and for one that only maps codes to exits. */
function testCode(): string {
  const ours = ['src/cli/catalogue.test.ts', 'src/cli/failure.test.ts']
  return globSync(['{src,sdk/src,sim}/**/*.test.ts', 'test/**/*.ts'], { cwd: root })
    .filter((path) => !ours.includes(path) && !path.endsWith('.long.ts'))
    .flatMap((path) => readFileSync(join(root, path), 'utf8').split('\n').map(codeOf))
    .join('\n')
}

describe('every code of the catalogue', () => {
  it('is expected by name in a test', () => {
    const named = new Set(testCode().match(/\b[A-Z][A-Z0-9_]+\b/g))
    const missing = Object.keys(everyError).filter((code) => !named.has(code))
    assert.deepEqual(missing, [])
  })
})
