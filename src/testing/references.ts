import { posix } from 'node:path'
import type { TextFile } from './import-graph.ts'

/** Says whether a path relative to the root, file or folder, exists. */
type Exists = (path: string) => boolean

/**
 * `docs/adr/0004-fastify.md` in a comment or a page; ends before punctuation. After a slash it is a
 * part of another path, or the address of a page that the gateway serves.
 */
const documentPath = /(?<![\w/])docs\/[\w./-]*\w/g
/** `ADR 0004`, `ADR-4`: the number with or without its zeros. */
const adrNumber = /\bADR[ -](\d{1,4})\b/g
const markdownLink = /\]\(([^)\s]+)\)/g
/** A path of the repository as code: `src/ledger/`. Patterns and placeholders are left out. */
const codePath = /`((?:src|sdk|test|bench|sim|bin|docs|examples|\.ci)\/[\w./-]*)`/g

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([whole, group]) => group ?? whole)
}

/** The anchor of a heading, as the usual renderers make it. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

function anchorsOf(text: string): string[] {
  return matches(text, /^#{1,6} (.*)$/gm).map(anchorOf)
}

function brokenLinks({ path, text }: TextFile, pages: readonly TextFile[], exists: Exists) {
  return matches(text, markdownLink).filter((link) => {
    if (/^[a-z]+:/.test(link)) return false // Elsewhere: nothing here can check it.
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file))
    if (!exists(target)) return true
    const page = pages.find((one) => one.path === target)
    return anchor !== undefined && page !== undefined && !anchorsOf(page.text).includes(anchor)
  })
}

function brokenAdrs(text: string, adrs: readonly string[]): string[] {
  const known = new Set(adrs.map((path) => Number(/(\d{4})-[^/]*$/.exec(path)?.[1])))
  return matches(text, adrNumber)
    .filter((number) => !known.has(Number(number)))
    .map((number) => `ADR ${number}`)
}

/**
 * Names of pages, decisions and files that do not exist: in comments of `sources`, and in links
 * and code of the Markdown `pages`. Decisions are the pages under docs/adr.
 */
export function brokenReferences(
  sources: readonly TextFile[],
  pages: readonly TextFile[],
  exists: Exists,
): string[] {
  const adrs = pages.map(({ path }) => path).filter((path) => path.startsWith('docs/adr/'))
  return [...sources, ...pages].flatMap((file) => {
    const isPage = file.path.endsWith('.md')
    const paths = matches(file.text, isPage ? codePath : documentPath)
    const broken = [
      ...paths.filter((path) => !exists(path)),
      ...brokenAdrs(file.text, adrs),
      ...(isPage ? brokenLinks(file, pages, exists) : []),
    ]
    return broken.map((reference) => `${file.path}: ${reference} does not exist`)
  })
}
