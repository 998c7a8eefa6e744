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

/** What `tsc` must refuse. */
const keptByCompiler = [
  ...['strict', 'noUncheckedIndexedAccess', 'exactOptionalPropertyTypes', 'noImplicitReturns'],
  ...['noImplicitOverride', 'noFallthroughCasesInSwitch', 'noUnusedLocals', 'noUnusedParameters'],
  ...['verbatimModuleSyntax', 'erasableSyntaxOnly', 'rewriteRelativeImportExtensions'],
]

/** What Biome must refuse beside what it recommends. */
const keptByBiome = [
  ...['noDefaultExport', 'noEnum', 'noNonNullAssertion', 'noProcessEnv', 'noExplicitAny'],
  ...['noFloatingPromises', 'noMisusedPromises', 'useExhaustiveSwitchCases', 'noImportCycles'],
  ...['noConsole', 'noBarrelFile', 'useImportExtensions', 'useImportType', 'noUnusedVariables'],
  ...['useNodejsImportProtocol', 'noExcessiveCognitiveComplexity'],
]

/** How many packages each manifest may need to run: ADR 0001 says why so many. */
const dependenciesMax = { 'package.json': 33, 'sdk/package.json': 2, 'portal/package.json': 0 }

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

function readJson(path: string) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}

type Level = string | { readonly level?: string }
type Rules = Readonly<Record<string, string | Readonly<Record<string, Level>>>>

/** Rules of all groups by their names. */
function levelsOf(rules: Rules): Map<string, string | undefined> {
  const groups = Object.values(rules).filter((group) => typeof group !== 'string')
  const named = groups.flatMap((group) => Object.entries(group))
  return new Map(named.map(([name, how]) => [name, typeof how === 'string' ? how : how.level]))
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
})

describe('settings', () => {
  it('the limits that Biome keeps are those of the house', () => {
    const { linter, formatter, overrides } = readJson('biome.json')
    assert.equal(formatter.lineWidth, 100)
    const { level, options } = linter.rules.complexity.noExcessiveLinesPerFunction
    assert.deepEqual([level, options.maxLines], ['error', 70])
    assert.equal(linter.rules.preset, 'recommended')
    const rules = levelsOf(linter.rules)
    assert.deepEqual(
      keptByBiome.filter((name) => rules.get(name) !== 'error'),
      [],
    )
    type Override = { readonly linter: { readonly rules: Rules } }
    const relaxed = (overrides as Override[]).flatMap((one) => [...levelsOf(one.linter.rules)])
    const allowed = ['noProcessEnv', 'noConsole', 'noDefaultExport', 'noDescendingSpecificity']
    assert.deepEqual(
      relaxed.map(([name]) => name),
      [...allowed, 'noBarrelFile'],
    )
  })

  it('the compiler is as strict as the house', () => {
    const { compilerOptions } = readJson('tsconfig.json')
    assert.deepEqual(
      keptByCompiler.filter((name) => compilerOptions[name] !== true),
      [],
    )
    // What is published, and the portal, are checked by the same; these alone are off there.
    const off = {
      'tsconfig.json': [],
      'tsconfig.build.json': ['noEmit'],
      'sdk/tsconfig.json': ['noEmit'],
      'portal/tsconfig.json': ['rewriteRelativeImportExtensions'], // It imports by Vite's rules.
    }
    for (const [file, names] of Object.entries(off)) {
      const text = readFileSync(join(root, file), 'utf8')
      const found = [...text.matchAll(/"(\w+)": false/g)].map(([, name]) => name)
      assert.deepEqual(found, names, file)
      if (file !== 'tsconfig.json') assert.match(text, /"extends": "\.\.?\/tsconfig\.json"/, file)
    }
  })
})

describe('manifests', () => {
  it('the lock file names no registry and holds every platform, which `npm ci` insists on', () => {
    const text = readFileSync(join(root, 'package-lock.json'), 'utf8')
    assert.doesNotMatch(text, /"resolved": "https?:/)
    type Named = Readonly<Record<string, string>>
    type Locked = { readonly optionalDependencies?: Named; readonly engines?: Named }
    const { packages } = JSON.parse(text) as { packages: Record<string, Locked> }
    const wanted = Object.values(packages).flatMap((one) =>
      Object.keys(one.optionalDependencies ?? {}),
    )
    const missing = wanted.filter((name) => !(`node_modules/${name}` in packages))
    assert.deepEqual(missing, [])
    // npm on Node 20 skips these in silence where an entry asks for a later Node, as Hardhat's
    // engine does; it runs on the Node that npm brings. So such entries have no `engines` here.
    const skipped = wanted.filter((name) =>
      /^>= ?2[1-9]/.test(packages[`node_modules/${name}`]?.engines?.node ?? ''),
    )
    assert.deepEqual(skipped, [])
  })

  it('dependencies are exact, few, and named by a decision', () => {
    const decisions = read('docs/adr/*.md').map(({ text }) => text)
    for (const [manifest, most] of Object.entries(dependenciesMax)) {
      const { dependencies = {}, devDependencies = {} } = readJson(manifest)
      const all: Record<string, string> = { ...dependencies, ...devDependencies }
      const ranges = Object.entries(all).filter(([, one]) => !/^\d+\.\d+\.\d+$/.test(one))
      assert.deepEqual(ranges, [])
      const names = Object.keys(dependencies)
      assert.ok(names.length <= most, `${manifest}: ${names.length} dependencies`)
      assert.deepEqual(
        names.filter((name) => name.startsWith('@types/')),
        [],
      )
      const unnamed = Object.keys(all).filter((name) => {
        const word = new RegExp(`(?<![\\w/@-])${name.replace('@types/', '')}(?![\\w/-])`)
        return !decisions.some((text) => word.test(text))
      })
      assert.deepEqual(unnamed, [], manifest)
    }
  })

  it('programs that are started by name can be', () => {
    for (const path of ['bin/bsn', '.ci/run']) {
      assert.ok((statSync(join(root, path)).mode & 0o111) !== 0, `chmod +x ${path}`)
    }
  })

  it('CI runs the tests of everybody, and skips none', () => {
    const lines = readFileSync(join(root, '.ci/run'), 'utf8').trim().split('\n')
    assert.equal(lines.at(-1), 'exec npm test')
    assert.match(lines.at(-2) ?? '', /^export CI=true\b/)
  })
})
