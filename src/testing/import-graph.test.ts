import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  deadFiles,
  importCycles,
  importGraph,
  loadedWith,
  packageImports,
  pathsIntoSdk,
  strangeToExamples,
  upwardImports,
} from './import-graph.ts'

const ranks = { kernel: 0, ledger: 2, frameworks: 3, gateway: 5 }

/** A repository of files that import others, each written as `path: 'target target'`. */
function planted(files: Readonly<Record<string, string>>) {
  const texts = Object.entries(files).map(([path, targets]) => {
    const lines = targets.split(' ').filter(Boolean)
    return { path, text: lines.map((target) => `import { x } from '${target}'`).join('\n') }
  })
  return importGraph(texts, { '@openbsn/sdk': ['sdk/src/index.ts'] })
}

describe('importGraph', () => {
  it('reads every way of importing', () => {
    const text = [
      'import { a,',
      "  type B } from './many.ts'",
      "import type { C } from '../types.ts'",
      "export * from './again.ts'",
      "import './effect.ts'",
      `const late = await import${'('}'./late.ts')`,
      `new Worker(new ${'URL'}('./worker.ts', import.meta.url))`,
      "import fs from 'node:fs'",
    ].join('\n')
    const graph = importGraph([{ path: 'src/ledger/a.ts', text }])
    const names = graph.get('src/ledger/a.ts')?.map(({ target, typeOnly }) => [target, typeOnly])
    assert.deepEqual(names, [
      ['src/ledger/many.ts', false],
      ['src/types.ts', true],
      ['src/ledger/again.ts', false],
      ['src/ledger/effect.ts', false],
      ['src/ledger/late.ts', false],
      ['src/ledger/worker.ts', false],
    ])
  })
})

describe('upwardImports', () => {
  const upward = (from: string, target: string) =>
    upwardImports(planted({ [from]: target }), ranks).length === 1

  it('finds what points up, sideways or out', () => {
    assert.ok(upward('src/kernel/a.ts', '../ledger/b.ts'))
    assert.ok(upward('src/ledger/a.test.ts', '../gateway/b.ts'))
    assert.ok(upward('src/ledger/a.ts', '../testing/seed.ts'))
    assert.ok(upward('src/frameworks/evm/a.ts', '../fabric/b.ts'))
    assert.ok(upward('src/nowhere/a.ts', '../kernel/b.ts'))
    assert.ok(upward('src/ledger/a.ts', '../../test/b.ts'))
    assert.ok(upward('sdk/src/a.ts', '../../src/kernel/b.ts'))
  })

  it('lets pass what points down, to itself or to the SDK', () => {
    assert.ok(!upward('src/gateway/a.ts', '../ledger/b.ts'))
    assert.ok(!upward('src/ledger/log/a.ts', '../b.ts'))
    assert.ok(!upward('src/frameworks/evm/a.ts', '../framework.ts'))
    assert.ok(!upward('src/kernel/a.ts', '@openbsn/sdk'))
    assert.ok(!upward('src/kernel/a.test.ts', '../testing/seed.ts'))
    assert.ok(!upward('sdk/src/a.test.ts', '../../src/testing/seed.ts'))
    assert.ok(!upward('test/a.test.ts', '../src/gateway/b.ts'))
    assert.ok(!upward('portal/src/pages/a.tsx', '../parts/b.tsx'))
    assert.ok(!upward('portal/src/pages/a.tsx', '@openbsn/sdk'))
    assert.ok(upward('portal/src/a.tsx', '../../src/kernel/json.ts'))
  })

  it('wants the SDK by its name', () => {
    const text = "import { x } from '../../sdk/src/cbor.ts'"
    assert.equal(pathsIntoSdk([{ path: 'src/ledger/a.ts', text }]).length, 1)
  })
})

describe('strangeToExamples', () => {
  const strange = (path: string, name: string) =>
    strangeToExamples([{ path, text: `import { x } from '${name}'` }]).length

  it('leaves them the SDK, Node and each other', () => {
    for (const name of ['@openbsn/sdk', 'esbuild', 'node:fs', './b.ts', '../network.ts']) {
      assert.equal(strange('examples/points/a.ts', name), 0, name)
    }
    for (const name of ['../../src/cli/a.ts', '../../sdk/src/cbor.ts', 'fastify', 'fs']) {
      assert.equal(strange('examples/points/a.ts', name), 1, name)
      assert.equal(strange('src/ledger/a.ts', name), 0, name)
    }
  })
})

describe('importCycles', () => {
  it('finds a cycle once, and only where it remains at run time', () => {
    const graph = planted({ 'src/a.ts': './b.ts', 'src/b.ts': './c.ts', 'src/c.ts': './a.ts' })
    assert.deepEqual(importCycles(graph), ['src/a.ts -> src/b.ts -> src/c.ts -> src/a.ts'])

    const types = importGraph([
      { path: 'src/a.ts', text: "import type { B } from './b.ts'" },
      { path: 'src/b.ts', text: "import { a } from './a.ts'" },
    ])
    assert.deepEqual(importCycles(types), [])
  })
})

describe('loadedWith', () => {
  it('follows what remains at run time, through workers too', () => {
    const graph = importGraph([
      { path: 'src/a.ts', text: "import type { T } from './t.ts'\nimport { b } from './b.ts'" },
      { path: 'src/b.ts', text: `new Worker(new ${'URL'}('./worker.ts', import.meta.url))` },
      { path: 'src/worker.ts', text: `await import${'('}'./late.ts')` },
      { path: 'src/other.ts', text: "import { a } from './a.ts'" },
    ])
    const wanted = ['src/a.ts', 'src/b.ts', 'src/late.ts', 'src/worker.ts']
    assert.deepEqual(loadedWith(graph, 'src/a.ts'), wanted)
  })
})

describe('packageImports', () => {
  it('names what is taken of each package', () => {
    const lines = [
      "import { join } from 'node:path'",
      "import {\n  type A,\n  b,\n} from '@openbsn/sdk'",
      "import sodium from 'sodium-native'",
      "import { own } from './own.ts'",
    ]
    assert.deepEqual(packageImports({ path: 'a.ts', text: lines.join('\n') }), [
      'node:path join',
      '@openbsn/sdk A',
      '@openbsn/sdk b',
      'sodium-native sodium',
    ])
  })
})

describe('deadFiles', () => {
  it('finds files that nothing but their own test imports', () => {
    const graph = planted({
      'src/cli/main.ts': '../ledger/used.ts',
      'src/ledger/used.ts': '',
      'src/ledger/tested.ts': '',
      'src/ledger/tested.test.ts': './tested.ts ../testing/seed.ts',
      'src/testing/seed.ts': '',
    })
    assert.deepEqual(deadFiles(graph, ['src/cli/main.ts']), ['src/ledger/tested.ts'])
  })
})
