import type { ServiceObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { serviceTabs } from '../../app/search-params.ts'
import { Badge } from '../../parts/badge.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { ServiceLog } from './log/service-log.tsx'
import { ServiceCredentials } from './own/service-credentials.tsx'
import { ServiceTry } from './own/service-try.tsx'
import { ServiceUsage } from './own/service-usage.tsx'
import { ServiceWebhooks } from './own/service-webhooks.tsx'
import { takesPuts } from './own/takes-puts.ts'
import { useOwnServices } from './own/use-own.ts'
import { ServiceCode } from './service-code.tsx'
import { ServiceContracts } from './service-contracts.tsx'
import { ServiceOverview } from './service-overview.tsx'
import { ServiceParticipants } from './service-participants.tsx'
import { ServiceRecords } from './service-records.tsx'

const route = getRouteApi('/services/$service')

/** /services/NAME: what anyone may see of a service, and what its organisation does with it. */
export function ServicePage() {
  const { t } = useTranslation()
  const { service: name } = route.useParams()
  const { id, client } = useLedger()
  const query = useQuery({
    queryKey: [id, 'service', name],
    queryFn: () => client.service(name),
  })
  const { data } = query
  return (
    <Page over={t('service.over')} title={name} lead={data && <Badge state={data.status ?? ''} />}>
      <Loaded query={query} lines={12}>
        {(service) => <Parts service={service} />}
      </Loaded>
    </Page>
  )
}

type TabName = (typeof serviceTabs)[number]

const contents: Readonly<Record<TabName, ComponentType<{ readonly service: ServiceObject }>>> = {
  overview: ServiceOverview,
  records: ServiceRecords,
  contracts: ServiceContracts,
  participants: ServiceParticipants,
  credentials: ServiceCredentials,
  try: ServiceTry,
  code: ServiceCode,
  webhooks: ServiceWebhooks,
  usage: ServiceUsage,
  log: ServiceLog,
}

/** For whoever published it alone. */
const ownTabs: readonly TabName[] = ['credentials', 'webhooks', 'usage', 'log']

/** By what the service has; a channel of Fabric has nothing that tells of it but its framework. */
function isShown(tab: TabName, service: ServiceObject, isOwn: boolean): boolean {
  if (tab === 'contracts') return service.chainId !== undefined || service.framework === 'fabric'
  if (tab === 'try' || tab === 'code') {
    return isOwn && (takesPuts(service) || service.rpc !== undefined)
  }
  return ownTabs.includes(tab) ? isOwn : true
}

function Parts({ service }: { readonly service: ServiceObject }) {
  const { t } = useTranslation()
  const { tab = 'overview' } = route.useSearch()
  const navigate = route.useNavigate()
  const isOwn = useOwnServices()?.includes(service.id) ?? false
  const tabs = serviceTabs
    .filter((id) => isShown(id, service, isOwn))
    .map((id) => {
      const Content = contents[id]
      const content = () => <Content service={service} />
      return { id, title: t(`service.tabs.${id}`), content }
    })
  const selected = tabs.find(({ id }) => id === tab)?.id ?? 'overview'
  return (
    <Tabs
      label={service.id}
      selected={selected}
      onSelect={(id) =>
        void navigate({ search: (before) => ({ ledger: before.ledger, tab: id }) as typeof before })
      }
      tabs={tabs}
    />
  )
}
