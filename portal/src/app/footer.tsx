import { gatewayVersion } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

/** What runs here, and where the rest of it is described. In the same place on every page. */
export function Footer() {
  const { t } = useTranslation()
  const { data: version } = useQuery({
    queryKey: ['version'],
    queryFn: () => gatewayVersion({ gateway: location.origin }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <footer className="bottom">
      <p>OpenBSN {version}</p>
      <nav aria-label={t('shell.help')}>
        <Link to="/docs">{t('docs.title')}</Link>
        <Link to="/docs/$page" params={{ page: 'api' }}>
          {t('shell.api')}
        </Link>
        <Link to="/docs/$page" params={{ page: 'errors' }}>
          {t('shell.errors')}
        </Link>
        <a href="/api/v1/openapi.json">OpenAPI</a>
      </nav>
    </footer>
  )
}
