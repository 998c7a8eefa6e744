import type { ContractSummary, ServiceObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { DataTable, type ShownColumn } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Id } from '../../parts/id.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Section } from '../../parts/page.tsx'
import { useTableSearch } from '../../parts/use-table-search.ts'
import { ChannelContract } from './channel/channel-contract.tsx'
import { ChannelContracts } from './channel/channel-contracts.tsx'
import { nameColumn, nameOf } from './contract-links.tsx'
import { ContractView, canDeploy } from './contracts/contract-view.tsx'
import { NewContract } from './contracts/new-contract.tsx'
import { useContracts } from './contracts/use-contracts.ts'
import { WithApiKey } from './contracts/with-api-key.tsx'

const route = getRouteApi('/services/$service')

type Props = { readonly service: ServiceObject }

/** Contracts of a service: one, where the URL names it, else all and a new one. */
export function ServiceContracts({ service }: Props) {
  const { contract } = route.useSearch()
  const isChannel = service.framework === 'fabric'
  if (contract === undefined) {
    return isChannel ? <ChannelContracts service={service} /> : <ChainContracts service={service} />
  }
  const One = isChannel ? ChannelContract : ContractView
  return <One key={contract} service={service} name={contract} />
}

function ChainContracts({ service }: Props) {
  const { t } = useTranslation()
  return (
    <div className="stack">
      <ContractTable service={service} />
      <Section title={t('deploy.title')} note={t('deploy.note')}>
        {canDeploy(service) ? (
          <WithApiKey service={service}>
            {(contracts, account) => <NewContract {...{ service, contracts, account }} />}
          </WithApiKey>
        ) : (
          <p className="note">{t('deploy.elsewhere', { rpc: service.rpc ?? '' })}</p>
        )}
      </Section>
    </div>
  )
}

function ContractTable({ service }: Props) {
  const { t } = useTranslation()
  const { id } = useLedger()
  const { contracts, key } = useContracts(service.id)
  const query = useQuery({
    queryKey: [id, 'contracts', service.id, key],
    queryFn: () => contracts.list(),
  })
  const columns = useMemo<readonly ShownColumn<ContractSummary>[]>(
    () => [
      nameColumn(service.id, t('contracts.name')),
      {
        id: 'address',
        header: t('contracts.address'),
        value: ({ address = '' }) => address,
        cell: ({ address = '' }) => <Id id={address} kind="address" />,
        width: '13rem',
      },
      {
        id: 'template',
        header: t('contracts.template'),
        value: ({ template = '' }) => template,
        width: '9rem',
        isMinor: true,
      },
      {
        id: 'verified',
        header: t('contracts.source'),
        value: ({ verified, hasSource }) =>
          t(verified ? 'contracts.verified' : hasSource ? 'contracts.known' : 'contracts.unknown'),
        width: '10rem',
        isMinor: true,
      },
    ],
    [t, service.id],
  )
  const search = useTableSearch(columns)
  return (
    <Loaded query={query} lines={6}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty title={t('contracts.none')} why={t('contracts.noneWhy')} />
        ) : (
          <DataTable
            {...search}
            label={t('service.tabs.contracts')}
            rows={rows}
            columns={columns}
            rowId={nameOf}
            exportName={`${service.id}-contracts`}
          />
        )
      }
    </Loaded>
  )
}
