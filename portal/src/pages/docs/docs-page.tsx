import { entries, loaders } from 'virtual:docs'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useRouterState } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { NotFoundPage } from '../../app/not-found-page.tsx'
import { type DocsEntry, type DocsNode, textOf } from '../../docs/nodes.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { DocsFrame } from './docs-frame.tsx'
import { DocsLists } from './docs-lists.tsx'
import { Prose } from './prose.tsx'

const route = getRouteApi('/docs/$page')

/** /docs/NAME: a page of the documentation, as it was when the portal was built. */
export function DocsPage() {
  const { page } = route.useParams()
  const entry = entries.find((one) => one.page === page)
  return entry ? <Documentation key={page} entry={entry} /> : <NotFoundPage />
}

function Documentation({ entry: { page, title, group } }: { readonly entry: DocsEntry }) {
  const { t } = useTranslation()
  const query = useQuery({
    queryKey: ['docs', 'page', page],
    queryFn: async () => (await loaders[page]?.())?.nodes ?? [],
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <DocsFrame title={title} over={<Way group={t(`docs.groups.${group}`)} />}>
      <div className="docs">
        <nav className="docs-lists" aria-label={t('docs.title')}>
          <DocsLists />
        </nav>
        <Loaded query={query} lines={20}>
          {(nodes) => <Content nodes={nodes} />}
        </Loaded>
      </div>
    </DocsFrame>
  )
}

/** Back to the lists, where narrow screens have them. */
function Way({ group }: { readonly group: string }) {
  const { t } = useTranslation()
  return (
    <>
      <Link to="/docs">{t('docs.title')}</Link> · {group}
    </>
  )
}

function Content({ nodes }: { readonly nodes: readonly DocsNode[] }) {
  const { t } = useTranslation()
  const parts = nodes.flatMap(partOf)
  useHashTarget()
  return (
    <div className="docs-content">
      <Prose nodes={nodes} />
      {parts.length > 1 && (
        <nav className="docs-parts" aria-label={t('docs.parts')}>
          <h2>{t('docs.parts')}</h2>
          <ul lang="en">
            {parts.map(({ id, text }) => (
              <li key={id}>
                <Link to="." hash={id}>
                  {text}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      )}
    </div>
  )
}

function partOf(node: DocsNode) {
  if (typeof node === 'string' || node[0] !== 'h2') return []
  const [, attributes, ...children] = node
  if (attributes === 0 || attributes.id === undefined) return []
  return [{ id: attributes.id, text: shortened(textOf(children)) }]
}

/** What nearly all paths begin with takes a line of its own in a narrow column. */
const shortened = (text: string) => text.replace(/\/api\/v1(\/ledgers\/\{ledger\}(?=\/))?/, '…')

/** The place that the address names is shown, and keys go on from there, once the page is here. */
function useHashTarget(): void {
  const hash = useRouterState({ select: ({ location }) => location.hash })
  useEffect(() => {
    const target = hash === '' ? null : document.getElementById(hash)
    target?.scrollIntoView()
    target?.focus({ preventScroll: true })
  }, [hash])
}
