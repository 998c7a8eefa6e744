import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { filesOfPackage } from '../../../testing/contract-package-files.ts'
import { testFolder } from '../../../testing/folder.ts'
import { chanceIn, findChance, type Language } from './find-chance.ts'

/** Sources as text: here they would be faults. */
const samples = filesOfPackage('chance')

const found = (source: string, language: Language = 'typescript') =>
  chanceIn(source, language).map(({ line, chance }) => `${line} ${chance}`)

describe('sources of chance', () => {
  it('are found in TypeScript and JavaScript, by line', () => {
    assert.deepEqual(found(samples['seen.ts'] ?? ''), [
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
    assert.deepEqual(found(samples['unseen.ts'] ?? assert.fail()), [])
    assert.deepEqual(found('// go func()\nvar s = `time.Now()`\n// for k := range m {', 'go'), [])
  })
})

describe('sources of chance in a package', () => {
  it('are told with their file, and not those of dependencies, tests and built files', async () => {
    const folder = testFolder()
    try {
      const text = samples['seen.ts']?.split('\n')[4] ?? ''
      const files = {
        'src/contract.ts': `let n = 0\n${text}\n`,
        'src/contract.test.ts': text,
        'src/contract.d.ts': text,
        'dist/contract.js': text,
        'node_modules/x/index.ts': text,
        'large.ts': ' '.repeat(1024 * 1024 + 1),
      }
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder.path, name)), { recursive: true })
        writeFileSync(join(folder.path, name), text)
      }
      const { warnings, ...rest } = await findChance(folder.path, 'typescript')
      assert.deepEqual(rest, { files: 1, skipped: ['large.ts'], isCut: false })
      assert.deepEqual(
        warnings.map(({ why: _, ...told }) => told),
        ['clock', 'random'].map((chance) => ({ file: 'src/contract.ts', line: 2, chance, text })),
      )
      assert.match(warnings[1]?.why ?? '', /another number/)
      writeFileSync(join(folder.path, 'many.ts'), `${text}\n`.repeat(300))
      const many = await findChance(folder.path, 'typescript')
      assert.deepEqual([many.warnings.length, many.isCut], [200, true])
    } finally {
      folder.remove()
    }
  })
})
