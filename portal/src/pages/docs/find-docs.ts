import { entries, loadSearch } from 'virtual:docs'
import type { LinkProps } from '@tanstack/react-router'
import type { DocsSection } from '../../docs/nodes.ts'
import { searchDocs } from './docs-search.ts'

/** A part of the documentation that was found, the page that it is of, and the way there. */
export type DocsHit = {
  readonly name: string
  readonly pageTitle: string
  readonly to: LinkProps
}

const titles = new Map(entries.map(({ page, title }) => [page, title]))

/** The best parts for a text, of the documentation that was built in. */
export async function findDocs(text: string, hitsMax: number): Promise<readonly DocsHit[]> {
  const { sections } = await loadSearch()
  return searchDocs(sections, text).slice(0, hitsMax).map(hitOf)
}

function hitOf({ page, title, id }: DocsSection): DocsHit {
  const place = id === undefined ? {} : { hash: id }
  const to = { to: '/docs/$page', params: { page }, ...place } as const
  return { name: title, pageTitle: titles.get(page) ?? page, to }
}
