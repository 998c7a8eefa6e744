import { useTranslation } from 'react-i18next'
import { Page } from '../parts/page.tsx'
import { Problem } from '../parts/problem.tsx'

type Props = { readonly error: unknown; readonly reset?: () => void }

/** A page that failed: what it said, and how to go on. The rest of the portal works. */
export function CrashPage({ error, reset }: Props) {
  const { t } = useTranslation()
  return (
    <Page title={t('crash.title')} lead={t('crash.lead')}>
      <Problem error={error} retry={reset ?? (() => location.reload())} />
    </Page>
  )
}
