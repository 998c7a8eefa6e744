import type { PortalMe } from '@openbsn/sdk'
import { useTranslation } from 'react-i18next'
import { RequireAccount } from '../../app/session.tsx'
import { Page } from '../../parts/page.tsx'
import { AccountDetails } from './account-details.tsx'
import { Authenticator } from './authenticator.tsx'
import { Passkeys } from './passkeys.tsx'

/** /account: who somebody is here, and how they show it. */
export function AccountPage() {
  return <RequireAccount>{(me) => <Account me={me} />}</RequireAccount>
}

function Account({ me }: { readonly me: PortalMe }) {
  const { t } = useTranslation()
  const { account, organisations, needsSecondFactor } = me
  const leads = organisations.some(({ role }) => role === 'owner' || role === 'administrator')
  const lacks = needsSecondFactor && leads && !account.hasTotp && account.passkeys === 0
  return (
    <Page title={t('account.title')} lead={t('account.lead')}>
      {lacks && <p className="error-text">{t('account.secondFactorNeeded')}</p>}
      <div className="columns">
        <AccountDetails me={me} />
        <div>
          <Authenticator account={account} />
          <Passkeys />
        </div>
      </div>
    </Page>
  )
}
