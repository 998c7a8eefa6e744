import type { ContractSummary, ServiceObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { liveMs } from '../../../app/queries.ts'
import { useOrganisation } from '../../../app/session.tsx'
import { DataTable, type ShownColumn } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Loaded } from '../../../parts/loaded.tsx'
import { Section } from '../../../parts/page.tsx'
import { useTableSearch } from '../../../parts/use-table-search.ts'
import { nameColumn, nameOf } from '../contract-links.tsx'
import { useContracts } from '../contracts/use-contracts.ts'
import { MissingRight } from '../own/missing-right.tsx'
import { useOwnServices } from '../own/use-own.ts'
import { ContractState } from './contract-state.tsx'
import { DefineContract } from './define-contract.tsx'

type Props = { readonly service: ServiceObject }

/** Contracts of a service on a channel of Fabric, and for its publisher a way to define one. */
export function ChannelContracts({ service }: Props) {
  const isOwn = useOwnServices()?.includes(service.id) ?? false
  return (
    <div className="stack">
      <ContractTable service={service} />
      {isOwn && <Define service={service} />}
    </div>
  )
}

function Define({ service }: Props) {
  const { t } = useTranslation()
  const { may } = useOrganisation()
  const isRunning = service.status === 'running'
  return (
    <Section title={t('channel.define.title')} note={t('channel.define.note')}>
      {!may('contract-define') && <MissingRight right="contract-define" />}
      {may('contract-define') && !isRunning && (
        <p className="note">{t('channel.define.notRunning')}</p>
      )}
      {may('contract-define') && isRunning && <DefineContract service={service.id} />}
    </Section>
  )
}

function ContractTable({ service: { id: service } }: Props) {
  const { t } = useTranslation()
  const { id } = useLedger()
  const { contracts, key } = useContracts(service)
  const query = useQuery({
    queryKey: [id, 'contracts', service, key],
    queryFn: () => contracts.list(),
    // Nodes agree to a contract within seconds, and nobody has to do anything for it.
    refetchInterval: ({ state: { data = [] } }) =>
      data.some(({ waitsFor }) => waitsFor !== undefined) ? liveMs : 4 * liveMs,
  })
  const columns = useMemo<readonly ShownColumn<ContractSummary>[]>(
    () => [
      nameColumn(service, t('contracts.name')),
      {
        id: 'state',
        header: t('channel.state'),
        value: ({ waitsFor = '' }) => waitsFor || t('channel.inPlace'),
        cell: ({ waitsFor }) => <ContractState waitsFor={waitsFor} />,
        width: 'minmax(9rem, 2fr)',
      },
      {
        id: 'package',
        header: t('channel.package'),
        value: ({ package: packaged = '' }) => packaged,
        width: '11rem',
        isMinor: true,
      },
      {
        id: 'sequence',
        header: t('channel.sequence'),
        value: ({ sequence = 0 }) => sequence,
        width: '6rem',
        isMinor: true,
      },
      {
        id: 'policy',
        header: t('channel.policy'),
        value: ({ policy }) => policy ?? t('channel.policyMost'),
        width: 'minmax(9rem, 1fr)',
        isMinor: true,
      },
    ],
    [t, service],
  )
  const search = useTableSearch(columns)
  return (
    <Loaded query={query} lines={6}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty title={t('channel.none')} why={t('channel.noneWhy')} />
        ) : (
          <DataTable
            {...search}
            label={t('service.tabs.contracts')}
            rows={rows}
            columns={columns}
            rowId={nameOf}
            exportName={`${service}-contracts`}
          />
        )
      }
    </Loaded>
  )
}
