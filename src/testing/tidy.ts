import { posix } from 'node:path'
import { codeOf, isTest, type TextFile } from './import-graph.ts'

/** A name that may not appear in code, and what to use in its place. */
type Ban = {
  readonly name: RegExp
  readonly instead: string
  /** Files where it is right. */
  readonly allowed: RegExp
  /** True where comments count too. */
  readonly everywhere?: boolean
}

// Files named so have programs of other people as text, for a page that shows them.
const programs = /^(src\/(cli|testing)|test|bin|examples)\/|^portal\/.*-samples\.ts$/

const bans: readonly Ban[] = [
  {
    name: /\bDate\.now\b|\bnew Date\(\)/,
    instead: 'the clock that was passed in (src/kernel/clock.ts)',
    allowed: /^(src\/kernel|portal\/src\/parts)\/clock\.ts$|^(test|bench|bin|examples)\//,
  },
  {
    name: /\bMath\.random\b/,
    instead: 'the generator of src/testing/prng.ts, or node:crypto for secrets',
    allowed: /^$/,
  },
  {
    name: /\b(localeCompare|Intl|toLocale\w+|Math\.(sin|cos|exp|log|pow|sqrt)\w*)\b/,
    instead: 'whole numbers and bytes: what decides is the same on every node',
    allowed: /^(?!src\/(ledger\/(modules|state|\w+\.ts$)|alliance|services))|\.test\.ts$/,
  },
  {
    name: /\bprocess\.env\b/,
    instead: 'options; src/cli reads the environment',
    allowed: programs,
  },
  {
    name: /\bthrow new Error\b/,
    instead: 'CodedError with a code of the catalogue, or assert',
    allowed: /^src\/kernel\/assert\.ts$|\.test\.ts$|^(test|bin)\//,
  },
  {
    name: /\bconsole\./,
    instead: 'the log that was passed in',
    allowed: /^(test|examples)\/|^portal\/.*-samples\.ts$/,
  },
  {
    name: /@ts-(ignore|nocheck|expect-error)\b/,
    instead: 'a type that is right',
    allowed: /\.test\.ts$/,
    everywhere: true,
  },
  {
    name: /biome-ignore\S*\s+\S*noExcessiveLinesPerFunction/,
    instead: 'a shorter function: there is no list of exceptions',
    allowed: /^$/,
    everywhere: true,
  },
  {
    name: /\b(T[O]DO|FIX[M]E|X{3})\b/,
    instead: 'an issue',
    allowed: /^$/,
    everywhere: true,
  },
]

/** Uses of banned names, with the line and the replacement. */
export function bannedNames(files: readonly TextFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const active = bans.filter(({ allowed }) => !allowed.test(path))
    return text
      .split('\n')
      .flatMap((line, place) =>
        active
          .filter(({ name, everywhere }) => name.test(everywhere ? line : codeOf(line)))
          .map(({ name, instead }) => `${path}:${place + 1}: ${name.source}; use ${instead}`),
      )
  })
}

/** Files over `linesMax` lines. */
export function longFiles(files: readonly TextFile[], linesMax: number): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > linesMax)
    .map(({ path, lines }) => `${path}: ${lines} lines, at most ${linesMax}`)
}

/** Lines over `columnsMax` columns: the formatter breaks code, not comments and strings. */
export function longLines(files: readonly TextFile[], columnsMax: number): string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, place) => {
      const columns = [...line].length
      return columns > columnsMax ? [`${path}:${place + 1}: ${columns} columns`] : []
    }),
  )
}

/** Tests of `src` and `sdk/src` that do not lie beside the file they test. */
export function strayTests(paths: readonly string[]): string[] {
  const known = new Set(paths)
  return paths.filter((path) => {
    if (!/^(src|sdk\/src)\/.*\.test\.ts$/.test(path) || path === 'src/tidy.test.ts') return false
    return !known.has(path.replace(/(\.slow)?\.test\.ts$/, '.ts'))
  })
}

/** Names that are not kebab-case. */
export function oddNames(paths: readonly string[]): string[] {
  return paths.filter((path) => !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(posix.basename(path)))
}

/**
 * Hooks outside a `describe`. Unit tests share one process, so such a hook would run around the
 * tests of every other file.
 */
export function topLevelHooks(files: readonly TextFile[]): string[] {
  return files
    .filter(({ path }) => /^(src|sdk\/src)\/.*\.test\.ts$/.test(path))
    .filter(({ text }) => /^(before|after)(Each)?\(/m.test(text))
    .map(({ path }) => `${path}: put hooks inside describe`)
}

const exportedFunction = /^export (?:async )?(?:function\*?|class) (\w+)/

/** Of the exported functions and classes outside tests, those without a docstring above. */
export function undocumentedExports(files: readonly TextFile[]): {
  readonly total: number
  readonly without: readonly string[]
} {
  const exports = files
    .filter(({ path }) => /^(src|sdk\/src|portal\/src)\//.test(path) && !isTest(path))
    .flatMap(({ path, text }) => {
      const lines = text.split('\n')
      return lines.flatMap((line, place) => {
        const name = exportedFunction.exec(line)?.[1]
        const documented = /\*\/\s*$/.test(lines[place - 1] ?? '')
        return name === undefined ? [] : [{ name: `${path}: ${name}`, documented }]
      })
    })
  const without = exports.filter(({ documented }) => !documented).map(({ name }) => name)
  return { total: exports.length, without }
}
