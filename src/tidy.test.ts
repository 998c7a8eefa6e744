import assert from 'node:assert/strict'
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  deadFiles,
  importCycles,
  importGraph,
  isTest,
  loadedWith,
  packageImports,
  pathsIntoSdk,
  strangeToExamples,
  type TextFile,
  upwardImports,
} from './testing/import-graph.ts'
import { brokenReferences } from './testing/references.ts'
import {
  bannedNames,
  longFiles,
  longLines,
  oddNames,
  strayTests,
  topLevelHooks,
  undocumentedExports,
} from './testing/tidy.ts'

/** A folder may import from folders of a lower rank and from itself: ARCHITECTURE.md says why. */
const ranks = {
  kernel: 0,
  crypto: 1,
  storage: 1,
  engines: 1,
  ledger: 2,
  frameworks: 3,
  alliance: 4,
  services: 4,
  identity: 4,
  metering: 4,
  compliance: 4,
  interchain: 4,
  gateway: 5,
  'portal-api': 5,
  node: 6,
  cli: 7,
} as const

/** What starts by itself: nothing needs to import these. */
const entries = [
  'src/cli/main.ts',
  'src/testing/run-checks.ts',
  'bench/main.ts',
  'sim/main.ts',
  'examples/main.ts',
  'examples/shop/page/page.ts', // Bundled by name.
  'src/crypto/check-worker.ts', // Threads are started by name.
  'src/frameworks/evm/contracts/compile-worker.ts',
  'src/frameworks/fabric/contracts/serve-contract.ts', // Contracts are programs of their own.
  'src/frameworks/fabric/contracts/serve-relay.ts',
  'src/frameworks/fabric/contracts/presets/evidence.ts',
  'src/frameworks/fabric/contracts/presets/key-value.ts',
  'src/testing/fabric-notes.ts',
  'src/ledger/verify/verify-worker.ts',
  'src/crypto/sodium.d.ts', // Types of a package that has none: found by the compiler.
  'sdk/src/index.ts',
  'sdk/src/bsn/index.ts', // The other part of the SDK that is imported by name.
  'portal/src/main.tsx',
  'portal/vite.config.ts',
  'portal/src/docs/virtual-docs.d.ts', // Types of what the build makes.
  'sdk/src/sha256-node.ts', // By the condition `node` of the import #sha256 …
  'sdk/src/sha256-browser.ts', // … and this one by any other.
  'sdk/src/gateway-fetch-node.ts', // As those two, for #gateway-fetch.
  'sdk/src/gateway-fetch-browser.ts',
]

/** Folders beside `src`. */
const topFolders = [
  ...['sdk/src/', 'portal/', 'test/', 'bench/', 'sim/', 'examples/', 'engines/', 'bin/'],
]

const root = join(import.meta.dirname, '..')

/** Programs of their own, which are built elsewhere with what they name themselves. */
const packages = ['examples/assets/contract/**']

function read(...patterns: readonly string[]): TextFile[] {
  return globSync(patterns, {
    cwd: root,
    exclude: ['**/node_modules/**', '**/dist/**', ...packages],
  })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

const sources = read(
  '{src,sdk/src,test,bench,sim,examples}/**/*.ts',
  'portal/{src/**/*.{ts,tsx},*.ts}',
  'bin/*.mjs',
)
/** These name faults in order to find them. */
const faultFree = sources.filter(
  ({ path }) => !/^src\/testing\/(import-graph|references|tidy)(\.test)?\.ts$/.test(path),
)
const pages = read('*.md', '{docs,examples}/**/*.md', 'sdk/*.md')
const graph = importGraph(sources, {
  '@openbsn/sdk': ['sdk/src/index.ts'],
  '#sha256': ['sdk/src/sha256-node.ts', 'sdk/src/sha256-browser.ts'],
  '#gateway-fetch': ['sdk/src/gateway-fetch-node.ts', 'sdk/src/gateway-fetch-browser.ts'],
})
const paths = sources.map(({ path }) => path)

describe('the verifier of ledgers', () => {
  it('shares no code with what writes them', () => {
    const isVerifier = (path: string) => path.startsWith('src/ledger/verify/')
    // Its threads are started by name.
    const loaded = ['verify-ledger', 'verify-worker'].flatMap((name) =>
      loadedWith(graph, `src/ledger/verify/${name}.ts`),
    )
    const others = loaded.filter((path) => !isVerifier(path) && !path.startsWith('sdk/'))
    assert.deepEqual(others, [])
    // Shared are the shape of an error, the library that reads pages, and OpenSSL, which hashes for
    // both and verifies ECDSA for both; Ed25519 is libsodium's where it is written.
    const taken = sources
      .filter(({ path }) => isVerifier(path) && !isTest(path))
      .flatMap(packageImports)
      .filter((name) => !name.startsWith('node:'))
    assert.deepEqual([...new Set(taken)].sort(), [
      '@openbsn/sdk CodedError',
      'lmdb Key',
      'lmdb open',
    ])
    // Nor does what writes take anything from it: commands alone do.
    const users = [...graph].flatMap(([path, imports]) =>
      !isTest(path) && !isVerifier(path) && imports.some(({ target }) => isVerifier(target))
        ? [path]
        : [],
    )
    assert.deepEqual(
      users.filter((path) => !path.startsWith('src/cli/')),
      [],
    )
  })
})

describe('tidy', () => {
  it('imports point to the own folder or a lower rank', () => {
    assert.deepEqual(upwardImports(graph, ranks), [])
    assert.deepEqual([...pathsIntoSdk(faultFree), ...strangeToExamples(sources)], [])
  })

  it('imports form no cycle', () => assert.deepEqual(importCycles(graph), []))

  it('every import leads to a file, and every file is imported', () => {
    const targets = [...graph.values()].flat().map(({ target }) => target)
    const nowhere = targets.filter((target) => !existsSync(join(root, target)))
    assert.deepEqual(nowhere, [])
    assert.deepEqual(deadFiles(graph, [...entries, ...paths.filter((one) => /^bin/.test(one))]), [])
  })

  it('files and lines are short', () => {
    assert.deepEqual(longFiles(sources, 400), [])
    assert.deepEqual(longLines(sources, 100), [])
  })

  it('no banned name is used', () => assert.deepEqual(bannedNames(faultFree), []))

  it('files have kebab-case names and tests lie beside what they test', () => {
    assert.deepEqual(oddNames(paths), [])
    assert.deepEqual(strayTests(paths), [])
    assert.deepEqual(topLevelHooks(sources), [])
  })

  it('at least 90 % of the exported functions say what a caller can rely on', () => {
    const { total, without } = undocumentedExports(sources)
    assert.ok(without.length <= total / 10, `${without.length} of ${total}:\n${without.join('\n')}`)
  })

  it('pages, decisions, files and links that are named exist', () => {
    const exists = (path: string) => existsSync(join(root, path))
    assert.deepEqual(brokenReferences(faultFree, pages, exists), [])
  })

  it('ARCHITECTURE.md has a row for every folder', () => {
    const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `src/${name}/`)
    const missing = [...folders, ...topFolders].filter((one) => !text.includes(`| \`${one}\` |`))
    assert.deepEqual(missing, [])
  })

  it('the limits that Biome keeps are those of the house', () => {
    const { linter, formatter } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'))
    assert.equal(formatter.lineWidth, 100)
    const { level, options } = linter.rules.complexity.noExcessiveLinesPerFunction
    assert.deepEqual([level, options.maxLines], ['error', 70])
  })

  it('the lock file names no registry and holds every platform, which `npm ci` insists on', () => {
    const text = readFileSync(join(root, 'package-lock.json'), 'utf8')
    assert.doesNotMatch(text, /"resolved": "https?:/)
    type Locked = { readonly optionalDependencies?: Readonly<Record<string, string>> }
    const { packages } = JSON.parse(text) as { packages: Record<string, Locked> }
    const wanted = Object.values(packages).flatMap((one) =>
      Object.keys(one.optionalDependencies ?? {}),
    )
    const missing = wanted.filter((name) => !(`node_modules/${name}` in packages))
    assert.deepEqual(missing, [])
  })

  it('versions of dependencies are exact', () => {
    for (const manifest of ['package.json', 'sdk/package.json', 'portal/package.json']) {
      const { dependencies, devDependencies } = JSON.parse(
        readFileSync(join(root, manifest), 'utf8'),
      )
      const ranges = Object.entries<string>({ ...dependencies, ...devDependencies })
      assert.deepEqual(
        ranges.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
        [],
      )
    }
  })

  it('programs that are started by name can be', () => {
    for (const path of ['bin/bsn', '.ci/run']) {
      assert.ok((statSync(join(root, path)).mode & 0o111) !== 0, `chmod +x ${path}`)
    }
  })
})
