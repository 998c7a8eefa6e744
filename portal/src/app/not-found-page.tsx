import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Page } from '../parts/page.tsx'

/** Nothing is at this path. */
export function NotFoundPage() {
  const { t } = useTranslation()
  return (
    <Page title={t('notFound.title')} lead={t('notFound.lead')}>
      <p className="row">
        <Link to="/" className="button">
          {t('notFound.home')}
        </Link>
        <Link to="/explore" className="button quiet">
          {t('notFound.search')}
        </Link>
      </p>
    </Page>
  )
}
