import type { ServiceObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { ServiceLog } from './log/service-log.tsx'
import { ServiceContracts } from './service-contracts.tsx'
import { ServiceFacts } from './service-facts.tsx'
import { ServiceParticipants } from './service-participants.tsx'
import { ServiceRecords } from './service-records.tsx'
import { useOwnService } from './use-own-service.ts'

const route = getRouteApi('/services/$service')

/** /services/NAME: what anyone may see of a service. */
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

function Parts({ service }: { readonly service: ServiceObject }) {
  const { t } = useTranslation()
  const { tab = 'overview' } = route.useSearch()
  const navigate = route.useNavigate()
  // By what the framework has, not by its name: contracts are where there is a chain.
  const hasChain = service.chainId !== undefined
  const { data: isOwn = false } = useOwnService(service.id)
  const tabs = [
    {
      id: 'overview',
      title: t('service.tabs.overview'),
      content: () => <ServiceFacts service={service} />,
    },
    {
      id: 'records',
      title: t('service.tabs.records'),
      content: () => <ServiceRecords service={service} />,
    },
    ...(hasChain
      ? ([
          {
            id: 'contracts',
            title: t('service.tabs.contracts'),
            content: () => <ServiceContracts service={service} />,
          },
        ] as const)
      : []),
    {
      id: 'participants',
      title: t('service.tabs.participants'),
      content: () => <ServiceParticipants service={service} />,
    },
    // Whoever was sent here by a link signs in first.
    ...(isOwn || tab === 'log'
      ? ([
          {
            id: 'log',
            title: t('service.tabs.log'),
            content: () => <ServiceLog service={service} />,
          },
        ] as const)
      : []),
  ] as const
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
