import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useDeferredValue } from 'react'
import { useTranslation } from 'react-i18next'
import { Loaded } from '../../parts/loaded.tsx'
import { findDocs } from './find-docs.ts'

const hitsMax = 40

/** What the documentation has on a text. */
export function DocsHits({ text }: { readonly text: string }) {
  const { t } = useTranslation()
  const wanted = useDeferredValue(text.trim())
  const query = useQuery({
    queryKey: ['docs', 'find', wanted],
    queryFn: () => findDocs(wanted, hitsMax),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  })
  return (
    <Loaded query={query}>
      {(hits) => (
        <>
          <p className="note" role="status">
            {hits.length === 0
              ? t('docs.nothing', { text: wanted })
              : t('search.found', { count: hits.length })}
          </p>
          <ul className="hits docs-hits">
            {hits.map(({ name, pageTitle, to }) => (
              <li key={`${pageTitle} ${to.hash} ${name}`}>
                <Link {...to} lang="en">
                  <span className="hit-kind">{pageTitle}</span>
                  <span className="hit-name">{name}</span>
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </Loaded>
  )
}
