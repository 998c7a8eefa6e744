import type { ContractSummary, ServiceObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { DataTable, type ShownColumn } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Id } from '../../parts/id.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { useTableSearch } from '../../parts/use-table-search.ts'

const addressOf = ({ address }: ContractSummary) => address

/** Contracts of a service with a chain, where anyone may read. */
export function ServiceContracts({ service }: { readonly service: ServiceObject }) {
  const { t } = useTranslation()
  const { id, client } = useLedger()
  const query = useQuery({
    queryKey: [id, 'contracts', service.id],
    queryFn: () => client.contracts(service.id).list(),
  })
  const columns = useMemo<readonly ShownColumn<ContractSummary>[]>(
    () => [
      {
        id: 'name',
        header: t('contracts.name'),
        value: ({ name }) => name,
        width: 'minmax(8rem, 1fr)',
      },
      {
        id: 'address',
        header: t('contracts.address'),
        value: ({ address }) => address,
        cell: ({ address }) => <Id id={address} kind="address" />,
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
    [t],
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
            rowId={addressOf}
            exportName={`${service.id}-contracts`}
          />
        )
      }
    </Loaded>
  )
}
