import { useTranslation } from 'react-i18next'
import { DocsFrame } from './docs-frame.tsx'
import { DocsLists } from './docs-lists.tsx'

/** /docs: every page of the documentation, and its search. */
export function DocsStartPage() {
  const { t } = useTranslation()
  return (
    <DocsFrame title={t('docs.title')}>
      <div className="docs-start">
        <DocsLists />
      </div>
    </DocsFrame>
  )
}
