import type { ParticipantObject, ServiceObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { everyPage } from '../../app/every-page.ts'
import { useLedger } from '../../app/ledger.tsx'
import { Badge } from '../../parts/badge.tsx'
import { DataTable, type ShownColumn } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { idOf } from '../../parts/table-rows.ts'
import { useTableSearch } from '../../parts/use-table-search.ts'

/** Who takes part in a service. */
export function ServiceParticipants({ service }: { readonly service: ServiceObject }) {
  const { t } = useTranslation()
  const { id, client } = useLedger()
  const query = useQuery({
    queryKey: [id, 'participants', service.id],
    queryFn: () =>
      everyPage(async (page) => {
        const { participants: items, next } = await client.participants(service.id, page)
        return { items, next }
      }),
  })
  const columns = useMemo<readonly ShownColumn<ParticipantObject>[]>(
    () => [
      {
        id: 'name',
        header: t('participants.name'),
        value: (one) => one.id,
        width: 'minmax(8rem, 1fr)',
      },
      {
        id: 'role',
        header: t('participants.role'),
        value: ({ role = '' }) => role,
        width: '10rem',
      },
      {
        id: 'status',
        header: t('services.status'),
        value: ({ status = '' }) => status,
        cell: ({ status = '' }) => <Badge state={status} />,
        width: '8rem',
      },
    ],
    [t],
  )
  const search = useTableSearch(columns)
  return (
    <Loaded query={query} lines={6}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty
            title={t('participants.none')}
            why={t(`participants.noneWhy.${service.access ?? 'open'}`)}
          />
        ) : (
          <DataTable
            {...search}
            label={t('service.tabs.participants')}
            rows={rows}
            columns={columns}
            rowId={idOf}
            exportName={`${service.id}-participants`}
          />
        )
      }
    </Loaded>
  )
}
