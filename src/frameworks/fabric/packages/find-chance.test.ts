import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { testFolder } from '../../../testing/folder.ts'
import { chanceIn, findChance, type Language } from './find-chance.ts'

const found = (source: string, language: Language = 'typescript') =>
  chanceIn(source, language).map(({ line, chance }) => `${line} ${chance}`)

describe('sources of chance', () => {
  it('are found in TypeScript and JavaScript, by line', () => {
    const source = [
      "import { readFile } from 'node:fs/promises'",
      'import {',
      '  request,',
      "} from 'https'",
      'const a = Math.random() + Date.now()',
      'const b = new Date()',
      'const c = await fetch(url)',
      'const d = process.env.HOME',
      "const e = require('child_process')",
      "const f = await import('os')",
      'setTimeout(go, 1)',
      'const g = `at ${Date.now()}`',
      'const h = x.toLocaleString()',
      'const i = Math.sin(1)',
    ].join('\n')
    assert.deepEqual(found(source), [
      ...['1 files', '4 network', '5 clock', '5 random', '6 clock', '7 network'],
      ...['8 environment', '9 processes', '10 environment', '11 threads', '12 clock'],
      ...['13 locale', '14 floats'],
    ])
  })

  it('are found in Go, by line', () => {
    const source = [
      'package main',
      'import (',
      '	"math/rand"',
      '	h "net/http"',
      '	"net/url"',
      ')',
      'import "os/exec"',
      'func f(owners map[string]int) {',
      '	for name := range owners {',
      '	for _, one := range list {',
      '	go func() {}()',
      '	t := time.Now()',
      '	var price float64',
      '	home := os.Getenv("HOME")',
      '	id := os.Getenv("CHAINCODE_ID")',
      '	counts := make(map[string]int)',
      '	for k, v := range s.counts {',
    ].join('\n')
    assert.deepEqual(found(source, 'go'), [
      ...['3 random', '4 network', '7 processes', '9 order', '11 threads', '12 clock'],
      ...['13 floats', '14 environment', '17 order'],
    ])
  })

  it('are not seen in comments and strings, nor in what is no chance', () => {
    const source = [
      '// Date.now() is not used',
      "const text = 'Math.random()' /* fetch(x)",
      'new Date() */',
      "const when = new Date(stub.getTxTimestamp().seconds * 1000), url = 'http://a'",
      'const update = store.fetch(1); state.Date(1); contract.setTimeout',
      'const value = `// ${name}`',
    ].join('\n')
    assert.deepEqual(found(source), [])
    assert.deepEqual(found('// go func()\nvar s = `time.Now()`\n// for k := range m {', 'go'), [])
  })

  it('are told with their file, and not those of dependencies, tests and built files', async () => {
    const folder = testFolder()
    try {
      const files = {
        'src/contract.ts': 'let n = 0\nexport const id = Math.random()\n',
        'src/contract.test.ts': 'Math.random()',
        'src/contract.d.ts': 'Math.random()',
        'dist/contract.js': 'Math.random()',
        'node_modules/x/index.ts': 'Math.random()',
        'large.ts': ' '.repeat(1024 * 1024 + 1),
      }
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder.path, name)), { recursive: true })
        writeFileSync(join(folder.path, name), text)
      }
      const { warnings, ...rest } = await findChance(folder.path, 'typescript')
      assert.deepEqual(rest, { files: 1, skipped: ['large.ts'], isCut: false })
      const [warning, ...more] = warnings
      assert.deepEqual(more, [])
      const { why, ...told } = warning ?? assert.fail()
      assert.match(why, /another number/)
      const text = 'export const id = Math.random()'
      assert.deepEqual(told, { file: 'src/contract.ts', line: 2, chance: 'random', text })
      writeFileSync(join(folder.path, 'many.ts'), 'Math.random()\n'.repeat(300))
      const many = await findChance(folder.path, 'typescript')
      assert.deepEqual([many.warnings.length, many.isCut], [200, true])
    } finally {
      folder.remove()
    }
  })
})
