import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  bannedNames,
  longFiles,
  longLines,
  oddNames,
  strayTests,
  topLevelHooks,
  undocumentedExports,
} from './tidy.ts'

describe('bannedNames', () => {
  const banned = (path: string, text: string) => bannedNames([{ path, text }]).length

  it('finds each name, and says where it is and what to use', () => {
    for (const text of [
      'const now = Date.now()',
      'const now = new Date()',
      'const die = Math.random()',
      'names.toSorted((a, b) => a.localeCompare(b))',
      'const home = process.env.HOME',
      "throw new Error('no')",
      "console.log('hello')",
      '// @ts-ignore',
      '// biome-ignore lint/complexity/noExcessiveLinesPerFunction: long',
      `// ${'TO'}${'DO'}: later`,
      `/** ${'FIX'}${'ME'} */`,
    ]) {
      assert.equal(banned('src/ledger/a.ts', text), 1, text)
    }
    const [message] = bannedNames([{ path: 'src/a.ts', text: '\nDate.now()' }])
    assert.match(message ?? '', /^src\/a\.ts:2: .*; use the clock/)
  })

  it('lets pass comments, and the files whose task it is', () => {
    assert.equal(banned('src/ledger/a.ts', '// Not Date.now: the clock is passed in.'), 0)
    assert.equal(banned('src/ledger/a.ts', ' * unlike process.env'), 0)
    assert.equal(banned('src/kernel/clock.ts', 'Date.now()'), 0)
    assert.equal(banned('src/cli/a.ts', 'a.localeCompare(b)'), 0)
    assert.equal(banned('src/ledger/dedupe/a.ts', 'Math.log(count)'), 0)
    assert.equal(banned('src/kernel/assert.ts', 'throw new Error(claim)'), 0)
    assert.equal(banned('src/cli/main.ts', 'process.env.BSN_HOME'), 0)
    assert.equal(banned('sdk/src/a.ts', 'process.env.BSN_HOME'), 1)
  })
})

describe('sizes', () => {
  it('finds what is a line or a column too long', () => {
    const file = (text: string) => [{ path: 'src/a.ts', text }]
    assert.equal(longFiles(file('x\n'.repeat(400)), 400).length, 0)
    assert.equal(longFiles(file('x\n'.repeat(401)), 400).length, 1)
    assert.equal(longLines(file(`${'x'.repeat(100)}\n`), 100).length, 0)
    assert.deepEqual(longLines(file(`\n${'x'.repeat(101)}`), 100), ['src/a.ts:2: 101 columns'])
  })
})

describe('names and places', () => {
  it('finds tests that lie elsewhere, and names in another case', () => {
    assert.deepEqual(strayTests(['src/a.ts', 'src/a.test.ts', 'src/b.test.ts']), ['src/b.test.ts'])
    assert.deepEqual(oddNames(['src/keyBundle.ts', 'src/key-bundle.test.ts']), ['src/keyBundle.ts'])
  })

  it('finds hooks that would run around the tests of other files', () => {
    const hooks = (text: string) => topLevelHooks([{ path: 'src/a.test.ts', text }]).length
    assert.equal(hooks('beforeEach(() => open())'), 1)
    assert.equal(hooks("describe('a', () => {\n  beforeEach(() => open())"), 0)
  })
})

describe('undocumentedExports', () => {
  it('counts exports and names those without a docstring', () => {
    const text =
      '/** Said. */\nexport function said() {}\n\nexport async function bare() {}\nconst own = 1'
    const { total, without } = undocumentedExports([{ path: 'src/a.ts', text }])
    assert.deepEqual([total, without], [2, ['src/a.ts: bare']])
  })
})
