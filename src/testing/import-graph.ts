import { posix } from 'node:path'

/** A file of the repository, its path relative to the root with forward slashes. */
export type TextFile = { readonly path: string; readonly text: string }

/** `typeOnly`: erased when the program runs. */
type Import = { readonly target: string; readonly typeOnly: boolean }

/** File to the files of the repository that it names in imports, workers included. */
export type ImportGraph = ReadonlyMap<string, readonly Import[]>

/** What `import`, `export … from`, `import()` and `new URL()` of a worker name. */
const specifier = new RegExp(
  [
    /(?:^|\n)(?:import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'/,
    /(?:^|\n)import\s+'([^']+)'/,
    /import\(\s*'([^']+)'/,
    /new URL\(\s*'(\.[^']+)'/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
)

/** A line without its comment; good enough for lines that a formatter has been over. */
export function codeOf(line: string): string {
  return /^\s*(\/\/|\/?\*)/.test(line) ? '' : line.replace(/\s\/\/ .*$/, '')
}

/**
 * The graph of relative imports. `aliases` maps names that are not paths (`@openbsn/sdk`,
 * `#sha256`) to the files that they stand for; other packages are left out.
 */
export function importGraph(
  files: readonly TextFile[],
  aliases: Readonly<Record<string, readonly string[]>> = {},
): ImportGraph {
  const targets = (from: string, name: string): readonly string[] => {
    if (!name.startsWith('.')) return aliases[name] ?? []
    return [posix.normalize(posix.join(posix.dirname(from), name))]
  }
  return new Map(
    files.map(({ path, text }) => {
      const code = text.split('\n').map(codeOf).join('\n')
      const imports = [...code.matchAll(specifier)].flatMap(([, type, ...names]) => {
        const name = names.find((one) => one !== undefined) ?? ''
        return targets(path, name).map((target) => ({ target, typeOnly: type !== undefined }))
      })
      return [path, imports]
    }),
  )
}

/** Every cycle found by following imports that remain when the program runs, each once. */
export function importCycles(graph: ImportGraph): string[] {
  const found: string[] = []
  const done = new Set<string>()

  function visit(path: string, trail: readonly string[]): void {
    const start = trail.indexOf(path)
    if (start >= 0) found.push([...trail.slice(start), path].join(' -> '))
    if (start >= 0 || done.has(path)) return
    for (const { target, typeOnly } of graph.get(path) ?? []) {
      if (!typeOnly) visit(target, [...trail, path])
    }
    done.add(path)
  }

  for (const path of graph.keys()) visit(path, [])
  return found
}

/** Every file that is loaded with `entry`, itself included: what remains when the program runs. */
export function loadedWith(graph: ImportGraph, entry: string): string[] {
  const found = new Set([entry])
  for (const path of found) {
    for (const { target, typeOnly } of graph.get(path) ?? []) if (!typeOnly) found.add(target)
  }
  return [...found].sort()
}

/** Names that a file imports from packages, Node's own modules included, as `package name`. */
export function packageImports({ text }: TextFile): string[] {
  const clause = /^(?:import|export)\s+(?:type\s)?([^'"`;]*?)\s*from\s+'([^.'][^']*)'/gm
  return [...text.matchAll(clause)].flatMap(([, names = '', from]) =>
    names
      .replace(/[{}]/g, ' ')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => `${from} ${name.replace(/^type\s+/, '')}`),
  )
}

/** A test, or a suite that only tests run. */
export function isTest(path: string): boolean {
  return (
    /\.(test|long)\.ts$|-contract\.ts$/.test(path) || /^(test|bench|sim|src\/testing)\//.test(path)
  )
}

/**
 * Files that no other file of the program imports. One that only its own test knows is dead too;
 * tests, and what tests use, count as used.
 */
export function deadFiles(graph: ImportGraph, entries: readonly string[]): string[] {
  const used = new Set(entries)
  for (const [path, imports] of graph) {
    for (const { target } of imports) {
      if (target !== path && (!isTest(path) || isTest(target))) used.add(target)
    }
  }
  const roots = /\.(test|long)\.ts$/
  return [...graph.keys()].filter((path) => !used.has(path) && !roots.test(path))
}

/** `src/ledger/log/tree.ts` to `ledger`; undefined for a file at the top and outside `src`. */
function partOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1]
}

/** The index of blocks, for adapters of ledgers of others; it knows none of them. */
const sharedByAdapters = 'blocks'

/** Adapters of the framework port know the port, never each other. */
function adapterOf(path: string): string | undefined {
  return /^src\/frameworks\/([^/]+)\//.exec(path)?.[1]
}

type Ranks = Readonly<Record<string, number>>

function reasonAgainstSdk(from: string, to: string): string | undefined {
  const seeds = isTest(from) && /^src\/(testing|kernel)\//.test(to)
  return to.startsWith('sdk/') || seeds ? undefined : 'the SDK imports nothing of the server'
}

/** What runs in browsers asks the server; it shares no code with it but the SDK. */
function reasonAgainstPortal(to: string): string | undefined {
  return /^(portal|sdk)\//.test(to) ? undefined : 'the portal imports nothing of the server'
}

function reasonAgainstRank(part: string, other: string, ranks: Ranks): string | undefined {
  const [rank, otherRank] = [ranks[part], ranks[other]]
  if (rank === undefined || otherRank === undefined) return 'a folder without a rank'
  return otherRank < rank ? undefined : `rank ${otherRank} from rank ${rank}`
}

function reasonAgainst(from: string, to: string, ranks: Ranks): string | undefined {
  if (from.startsWith('sdk/')) return reasonAgainstSdk(from, to)
  if (from.startsWith('portal/')) return reasonAgainstPortal(to)
  const [part, other] = [partOf(from), partOf(to)]
  if (part === undefined || part === 'testing') return undefined // Top-level tests and tools.
  if (to.startsWith('sdk/')) return undefined // By its name only: see `pathsIntoSdk`.
  if (other === undefined) return 'leaves src'
  if (other === 'testing') return isTest(from) ? undefined : 'only tests import src/testing'
  const adapters = [adapterOf(from), adapterOf(to)]
  const isShared = adapters[1] === sharedByAdapters
  if (adapters.every(Boolean) && adapters[0] !== adapters[1] && !isShared)
    return 'adapters are apart'
  return part === other ? undefined : reasonAgainstRank(part, other, ranks)
}

/** Imports that do not point to the own folder or a lower rank, type-only ones included. */
export function upwardImports(graph: ImportGraph, ranks: Ranks): string[] {
  return [...graph].flatMap(([from, imports]) =>
    imports.flatMap(({ target }) => {
      const reason = reasonAgainst(from, target, ranks)
      return reason === undefined ? [] : [`${from} -> ${target}: ${reason}`]
    }),
  )
}

/** Relative paths into the SDK: the server names the package, as every other user does. */
export function pathsIntoSdk(files: readonly TextFile[]): string[] {
  return files
    .filter(({ path, text }) => path.startsWith('src/') && /'[./]+\/sdk\//.test(text))
    .map(({ path }) => `${path}: import '@openbsn/sdk'`)
}

/**
 * What examples import beside the SDK and Node's own modules: they show what everybody has who
 * installed the SDK, and a bundler where there is a page.
 */
export function strangeToExamples(files: readonly TextFile[]): string[] {
  const examples = files.filter(({ path }) => path.startsWith('examples/'))
  return examples.flatMap(({ path, text }) => {
    const code = text.split('\n').map(codeOf).join('\n')
    return [...code.matchAll(specifier)].flatMap(([, , ...names]) => {
      const name = names.find((one) => one !== undefined) ?? ''
      const target = name.startsWith('.') ? posix.join(posix.dirname(path), name) : name
      return /^(examples\/|node:|(@openbsn\/sdk|esbuild)$)/.test(target)
        ? []
        : [`${path} -> ${name}`]
    })
  })
}
