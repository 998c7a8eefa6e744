import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../parts/icon.tsx'
import { Page } from '../../parts/page.tsx'
import { useUrlInput } from '../../parts/use-url-input.ts'
import { DocsHits } from './docs-hits.tsx'

type Props = {
  readonly title: string
  readonly over?: ReactNode
  readonly children: ReactNode
}

/** A page of the documentation with its search; what was found stands in the place of the page. */
export function DocsFrame({ title, over, children }: Props) {
  const { t, i18n } = useTranslation()
  const { q = '' } = useSearch({ strict: false }) as { readonly q?: string }
  return (
    <Page
      title={title}
      over={over}
      lead={i18n.language === 'en' ? undefined : t('docs.english')}
      actions={<SearchField text={q} />}
    >
      {q.trim() === '' ? children : <DocsHits text={q} />}
    </Page>
  )
}

function SearchField({ text }: { readonly text: string }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const field = useUrlInput(text)
  const search = (q: string) =>
    void navigate({
      to: '.',
      search: (before) => ({ ...before, q: q || undefined }) as typeof before,
      replace: true,
    })
  return (
    <label className="filter">
      <Icon name="search" />
      <span className="unseen">{t('docs.search')}</span>
      <input
        {...field}
        type="search"
        placeholder={t('docs.search')}
        onChange={({ target }) => search(target.value)}
      />
    </label>
  )
}
