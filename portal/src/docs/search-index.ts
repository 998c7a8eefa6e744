import { type DocsNode, type DocsPage, type DocsSection, textOf } from './nodes.ts'

/** Every part of the pages that has a heading, with the words that find it. */
export function searchIndex(pages: readonly DocsPage[]): DocsSection[] {
  return pages.flatMap(({ page, title, nodes }) => {
    const [begin = [], ...parts] = partsOf(nodes)
    return [
      { page, title, words: wordsOf(begin, title) },
      ...parts.map(([heading, ...rest]) => {
        const [, attributes, ...children] = heading as Exclude<DocsNode, string>
        const name = textOf(children).trim()
        const id = (attributes !== 0 && attributes.id) || ''
        return { page, title: name, id, words: wordsOf(rest, name) }
      }),
    ]
  })
}

const isHeading = (node: DocsNode) => typeof node !== 'string' && /^h[23]$/.test(node[0])

/** What stands before the first heading, then each heading with what is below it. */
function partsOf(nodes: readonly DocsNode[]): DocsNode[][] {
  const parts: DocsNode[][] = [[]]
  for (const node of nodes) {
    if (isHeading(node)) parts.push([])
    parts.at(-1)?.push(node)
  }
  return parts
}

/** A name of several words is found by each of them, and as it is. */
const names = /[\p{L}\p{N}]+(?:[_.:/-]+[\p{L}\p{N}]+)*/gu

function wordsOf(nodes: readonly DocsNode[], title: string): string {
  const found = [...`${title} ${textOf(nodes)}`.toLowerCase().matchAll(names)].flatMap(([name]) => [
    name,
    ...name.split(/[_.:/-]+/),
  ])
  return [...new Set(found)].join(' ')
}
