import { posix } from 'node:path'
import { lexer, type MarkedToken, type Token, type Tokens } from 'marked'
import { type DocsNode, textOf } from './nodes.ts'

export type MarkdownSource = {
  /** From the root of the repository, with forward slashes: links begin there. */
  readonly path: string
  readonly text: string
  /** The page of a file, by its path; undefined for one that is no page. */
  readonly pageOf: (path: string) => string | undefined
}

/** Title and content of a file. HTML, pictures and links to elsewhere do not come through. */
export function markdownPage(source: MarkdownSource) {
  const tokens = lexer(source.text) as MarkedToken[]
  const first = tokens.find((token) => token.type === 'heading')
  const title = first?.depth === 1 ? first.text : source.path
  const rest = tokens.filter((token) => token !== first || token.depth !== 1)
  return { title, nodes: readAll(rest, { ...source, taken: new Map() }) }
}

/** The anchor of a heading, as the usual renderers make it: links in the files rely on it. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** What reading goes by: the file, and the anchors that it has so far. */
type Reading = MarkdownSource & { readonly taken: Map<string, number> }

const readAll = (tokens: readonly Token[] = [], reading: Reading): DocsNode[] =>
  (tokens as MarkedToken[]).flatMap((token) => readToken(token, reading))

function readToken(token: MarkedToken, reading: Reading): DocsNode[] {
  switch (token.type) {
    case 'heading':
      return [readHeading(token, reading)]
    case 'paragraph':
      return readParagraph(token, reading)
    case 'code':
      return [['pre', token.lang ? { kind: token.lang } : 0, token.text]]
    case 'list':
      return [readList(token, reading)]
    case 'table':
      return [readTable(token, reading)]
    case 'link':
      return readLink(token, reading)
    default:
      return readMark(token, reading)
  }
}

function readMark(token: MarkedToken, reading: Reading): DocsNode[] {
  switch (token.type) {
    case 'text':
      return token.tokens ? readAll(token.tokens, reading) : [token.text]
    case 'codespan':
      return [['code', 0, token.text]]
    case 'em':
    case 'strong':
    case 'blockquote':
      return [[token.type, 0, ...readAll(token.tokens, reading)]]
    case 'del':
      return readAll(token.tokens, reading)
    case 'hr':
    case 'br':
      return [[token.type, 0]]
    case 'escape':
      return [token.text]
    default:
      // HTML and pictures: nothing of them is shown.
      return []
  }
}

function readHeading({ depth, tokens }: Tokens.Heading, reading: Reading): DocsNode {
  const children = readAll(tokens, reading)
  const tag = (['h2', 'h2', 'h3'] as const)[depth - 1] ?? 'h4'
  return [tag, { id: idOf(textOf(children), reading) }, ...children]
}

/** The second of one name is told apart by a number. */
function idOf(heading: string, { taken }: Reading): string {
  const anchor = anchorOf(heading)
  const count = taken.get(anchor) ?? 0
  taken.set(anchor, count + 1)
  return count === 0 ? anchor : `${anchor}-${count}`
}

function readLink({ href, tokens }: Tokens.Link, reading: Reading): DocsNode[] {
  const children = readAll(tokens, reading)
  const [file = '', hash] = href.split('#')
  const place = hash === undefined ? {} : { hash }
  if (file === '') return [['a', place, ...children]]
  const { path, pageOf } = reading
  const page = pageOf(posix.normalize(posix.join(posix.dirname(path), file)))
  return page === undefined ? children : [['a', { page, ...place }, ...children]]
}

function readTable({ header, rows }: Tokens.Table, reading: Reading): DocsNode {
  const line = (tag: 'th' | 'td', cells: readonly Tokens.TableCell[]): DocsNode => [
    'tr',
    0,
    ...cells.map(({ tokens }): DocsNode => [tag, 0, ...readAll(tokens, reading)]),
  ]
  const body = rows.map((cells) => line('td', cells))
  return ['table', 0, ['thead', 0, line('th', header)], ['tbody', 0, ...body]]
}

function readList({ ordered, items }: Tokens.List, reading: Reading): DocsNode {
  const lines = items.map(({ tokens }): DocsNode => ['li', 0, ...readAll(tokens, reading)])
  return [ordered ? 'ol' : 'ul', 0, ...lines]
}

function readParagraph({ tokens }: Tokens.Paragraph, reading: Reading): DocsNode[] {
  const children = readAll(tokens, reading)
  // Nothing but pictures was in it.
  return textOf(children).trim() === '' ? [] : [['p', 0, ...children]]
}
