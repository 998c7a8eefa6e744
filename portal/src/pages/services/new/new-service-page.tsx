import { useTranslation } from 'react-i18next'
import { RequireAccount, useMe, useOrganisation } from '../../../app/session.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Loaded } from '../../../parts/loaded.tsx'
import { Page } from '../../../parts/page.tsx'
import { NewService } from './new-service.tsx'
import { useOffers } from './use-offers.ts'

/** /new-service: one page from a name to a service. No service can have that path. */
export function NewServicePage() {
  const { t } = useTranslation()
  return (
    <RequireAccount>
      <Page title={t('newService.title')} lead={t('newService.lead')}>
        <Whole />
      </Page>
    </RequireAccount>
  )
}

function Whole() {
  const { t } = useTranslation()
  const { me } = useMe()
  const { may } = useOrganisation()
  const query = useOffers()
  if (!may('service-create')) {
    const right = me?.rights.find(({ name }) => name === 'service-create')
    const roles = right?.roles.map((role) => t(`roles.${role}`)).join(', ')
    return <Empty title={t('newService.noRight')} why={t('newService.noRightWhy', { roles })} />
  }
  return (
    <Loaded query={query} lines={12}>
      {(all) => <NewService all={all} />}
    </Loaded>
  )
}
