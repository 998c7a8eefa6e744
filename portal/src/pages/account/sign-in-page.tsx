import { getRouteApi, Link, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { portalClient, useMe } from '../../app/session.tsx'
import { Page } from '../../parts/page.tsx'
import { Problem } from '../../parts/problem.tsx'
import { SignInForm } from './sign-in-form.tsx'
import { usePortalState } from './use-portal-state.ts'

const route = getRouteApi('/sign-in')

/** /sign-in: and back to where somebody came from. */
export function SignInPage() {
  const { t } = useTranslation()
  const { back = '/', error } = route.useSearch()
  const { history } = useRouter()
  const { me, refresh } = useMe()
  const { data: state } = usePortalState()
  const isSignedIn = me !== undefined
  useEffect(() => {
    if (isSignedIn) history.replace(back)
  }, [isSignedIn, back, history])
  return (
    <Page title={t('account.signIn')} lead={t('account.signInLead')}>
      {error !== undefined && (
        <p className="error-text" role="alert">
          {t([`problem.titles.${error}`, 'account.oidcFailed'])}
        </p>
      )}
      {state?.needsSetup && <p className="note">{t('account.needsSetup')}</p>}
      <SignInForm onDone={() => void refresh()} />
      {state?.oidc && <SingleSignOn />}
      <p className="note">{t('account.noAccount')}</p>
      <p>
        <Link to="/">{t('notFound.home')}</Link>
      </p>
    </Page>
  )
}

function SingleSignOn() {
  const { t } = useTranslation()
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const begin = async () => {
    if (isBusy) return
    setBusy(true)
    try {
      location.assign(await portalClient.oidc.begin())
    } catch (reason) {
      setError(reason)
      setBusy(false)
    }
  }
  return (
    <div className="row">
      <button
        type="button"
        className="button quiet"
        aria-disabled={isBusy || undefined}
        onClick={() => void begin()}
      >
        {t('account.byOidc')}
      </button>
      {error !== undefined && <Problem error={error} />}
    </div>
  )
}
