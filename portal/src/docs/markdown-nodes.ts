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
  const toNode = createReader(source)
  const nodes = tokens.filter((token) => token !== first || token.depth !== 1).flatMap(toNode)
  return { title, nodes }
}

/** The anchor of a heading, as the usual renderers make it: links in the files rely on it. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

type Reader = (token: MarkedToken) => DocsNode[]

function createReader({ path, pageOf }: MarkdownSource): Reader {
  const taken = new Map<string, number>()

  /** The second of one name is told apart by a number. */
  function idOf(heading: string): string {
    const anchor = anchorOf(heading)
    const count = taken.get(anchor) ?? 0
    taken.set(anchor, count + 1)
    return count === 0 ? anchor : `${anchor}-${count}`
  }

  const all = (tokens: readonly Token[] = []) => (tokens as MarkedToken[]).flatMap(read)

  function heading({ depth, tokens }: Tokens.Heading): DocsNode {
    const children = all(tokens)
    const tag = (['h2', 'h2', 'h3'] as const)[depth - 1] ?? 'h4'
    return [tag, { id: idOf(textOf(children)) }, ...children]
  }

  function link({ href, tokens }: Tokens.Link): DocsNode[] {
    const children = all(tokens)
    const [file = '', hash] = href.split('#')
    const place = hash === undefined ? {} : { hash }
    if (file === '') return [['a', place, ...children]]
    const page = pageOf(posix.normalize(posix.join(posix.dirname(path), file)))
    return page === undefined ? children : [['a', { page, ...place }, ...children]]
  }

  function table({ header, rows }: Tokens.Table): DocsNode {
    const line = (tag: 'th' | 'td', cells: readonly Tokens.TableCell[]): DocsNode => [
      'tr',
      0,
      ...cells.map(({ tokens }): DocsNode => [tag, 0, ...all(tokens)]),
    ]
    const body = rows.map((cells) => line('td', cells))
    return ['table', 0, ['thead', 0, line('th', header)], ['tbody', 0, ...body]]
  }

  function list({ ordered, items }: Tokens.List): DocsNode {
    const lines = items.map(({ tokens }): DocsNode => ['li', 0, ...all(tokens)])
    return [ordered ? 'ol' : 'ul', 0, ...lines]
  }

  function paragraph({ tokens }: Tokens.Paragraph): DocsNode[] {
    const children = all(tokens)
    // Nothing but pictures was in it.
    return textOf(children).trim() === '' ? [] : [['p', 0, ...children]]
  }

  function read(token: MarkedToken): DocsNode[] {
    switch (token.type) {
      case 'heading':
        return [heading(token)]
      case 'paragraph':
        return paragraph(token)
      case 'code':
        return [['pre', token.lang ? { kind: token.lang } : 0, token.text]]
      case 'list':
        return [list(token)]
      case 'table':
        return [table(token)]
      case 'link':
        return link(token)
      case 'text':
        return token.tokens ? all(token.tokens) : [token.text]
      default:
        return readMark(token)
    }
  }

  function readMark(token: MarkedToken): DocsNode[] {
    switch (token.type) {
      case 'codespan':
        return [['code', 0, token.text]]
      case 'em':
      case 'strong':
      case 'blockquote':
        return [[token.type, 0, ...all(token.tokens)]]
      case 'del':
        return all(token.tokens)
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

  return read
}
