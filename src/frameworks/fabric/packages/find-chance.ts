import { type Chance, goRules, type Rule, reasons, scriptRules } from './chance-rules.ts'
import { ownSources } from './own-sources.ts'

/** A line that may give another result on another peer. */
export type ChanceWarning = {
  /** Within the package. */
  readonly file: string
  /** From 1 on. */
  readonly line: number
  readonly chance: Chance
  /** What stands there. */
  readonly text: string
  readonly why: string
}

export type ChanceFound = {
  readonly warnings: readonly ChanceWarning[]
  readonly files: number
  /** Files that are too large to be looked at. */
  readonly skipped: readonly string[]
  /** Whether there are more warnings than are told. */
  readonly isCut: boolean
}

export type Language = 'javascript' | 'typescript' | 'go'

const endings: Readonly<Record<Language, RegExp>> = {
  javascript: /(?<!\.test|\.spec)\.[cm]?jsx?$/,
  typescript: /(?<!\.test|\.spec|\.d)\.[cm]?tsx?$/,
  go: /(?<!_test)\.go$/,
}
const warningsMax = 200
const textMax = 120

/**
 * Looks through the sources of a package for what differs from peer to peer: calls that use it are
 * not endorsed alike, and fail. It reads text, not meaning: it does not know whether a line is
 * ever reached, does not look into dependencies, and can be evaded. It refuses nothing.
 */
export async function findChance(folder: string, language: Language): Promise<ChanceFound> {
  const warnings: ChanceWarning[] = []
  const skipped: string[] = []
  let files = 0
  for await (const { file, text } of ownSources(folder, endings[language])) {
    if (text === undefined) {
      skipped.push(file)
      continue
    }
    files += 1
    warnings.push(...chanceIn(text, language).map((one) => ({ file, ...one })))
    if (warnings.length > warningsMax) break
  }
  const isCut = warnings.length > warningsMax
  return { warnings: warnings.slice(0, warningsMax), files, skipped, isCut }
}

/** In one source. */
export function chanceIn(source: string, language: Language): Omit<ChanceWarning, 'file'>[] {
  const isGo = language === 'go'
  const code = blanked(source, { isGo, strings: true }).split('\n')
  const withStrings = blanked(source, { isGo, strings: false })
  const modules = (isGo ? goImports : scriptImports)(withStrings)
  const maps = isGo ? mapNames(code.join('\n')) : new Set<string>()
  return source.split('\n').flatMap((text, place) => {
    const line = code[place] ?? ''
    const found = (isGo ? goRules : scriptRules)
      .filter((rule) => isHit(rule, line, modules.get(place) ?? []))
      .map(({ chance }) => chance)
    // By these a contract that runs as a service is told where to listen.
    const kept = /CHAINCODE_|CORE_/.test(text)
      ? found.filter((one) => one !== 'environment')
      : found
    const all = walksMap(line, maps) ? [...kept, 'order' as const] : kept
    return all.map((chance) => ({
      line: place + 1,
      chance,
      text: text.trim().slice(0, textMax),
      why: reasons[chance],
    }))
  })
}

function isHit({ code, imports }: Rule, line: string, modules: readonly string[]): boolean {
  return (code?.test(line) ?? false) || modules.some((name) => imports?.test(name) ?? false)
}

const comments = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/
const quoted = /"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?/
const tokensWith = (template: RegExp) =>
  new RegExp([comments, quoted, template].map((one) => one.source).join('|'), 'g')
const scriptTokens = tokensWith(/`(?:\\[\s\S]|[^`\\])*`?/)
const goTokens = tokensWith(/`[^`]*`?/)

/** The same lines, with spaces where comments are, and strings. Templates may have code in them. */
function blanked(
  source: string,
  { isGo, strings }: { readonly isGo: boolean; readonly strings: boolean },
): string {
  return source.replace(isGo ? goTokens : scriptTokens, (token) => {
    const isComment = token.startsWith('//') || token.startsWith('/*')
    const isKept = !isComment && (!strings || (!isGo && token.startsWith('`')))
    return isKept ? token : token.replace(/[^\n]/g, ' ')
  })
}

type Modules = ReadonlyMap<number, readonly string[]>

/** Names of modules by the lines where they stand. */
function modulesBy(source: string, pattern: RegExp, from = 0): Modules {
  const found = new Map<number, string[]>()
  for (const match of source.matchAll(pattern)) {
    const at = match.index + match[0].length
    const place = from + source.slice(0, at).split('\n').length - 1
    found.set(place, [...(found.get(place) ?? []), match[1] ?? ''])
  }
  return found
}

const scriptImports = (source: string): Modules =>
  modulesBy(source, /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["'`]([^"'`\n]{1,200})["'`]/g)

function goImports(source: string): Modules {
  const groups = [...source.matchAll(/^import\s+(\([^)]*\)|[\w.]*\s*"[^"\n]*")/gm)]
  const found = groups.map(({ index, 0: text }) =>
    modulesBy(text, /"([^"\n]{1,200})"/g, source.slice(0, index).split('\n').length - 1),
  )
  return new Map(found.flatMap((one) => [...one]))
}

/** Names that are of a map somewhere in this source. */
function mapNames(code: string): ReadonlySet<string> {
  const made = /\b(\w+)\s*(?::=|=|\s)\s*(?:make\s*\(\s*)?(?:&|\*)?map\s*\[/g
  return new Set([...code.matchAll(made)].map(([, name = '']) => name))
}

function walksMap(line: string, maps: ReadonlySet<string>): boolean {
  const walked = /\brange\s+(?:[\w.]*\.)?(\w+)\s*\{/.exec(line)?.[1]
  return walked !== undefined && maps.has(walked)
}
