import type { ListedEntry, ServiceObject } from '@openbsn/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { useTableSearch } from '../../parts/use-table-search.ts'
import { useEntryColumns } from '../explore/entry-columns.tsx'

const none: readonly ListedEntry[] = []

/** The entries of a service, where anyone may read them. */
export function ServiceRecords({ service }: { readonly service: ServiceObject }) {
  const { t } = useTranslation()
  const { id, client } = useLedger()
  const isOpen = service.readers !== 'credentials'
  const query = useInfiniteQuery({
    queryKey: [id, 'records', service.id],
    queryFn: ({ pageParam: cursor }) =>
      client.list({
        service: service.id,
        order: 'newest',
        limit: 200,
        ...(cursor ? { cursor } : {}),
      }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    enabled: isOpen,
  })
  const { data, hasNextPage, fetchNextPage, isFetchingNextPage } = query
  const rows = useMemo(() => data?.pages.flatMap(({ entries }) => entries) ?? none, [data])
  const columns = useEntryColumns(false)
  const search = useTableSearch(columns)
  if (!isOpen) return <Empty title={t('service.closed')} why={t('service.closedWhy')} />
  const more = () => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }
  return (
    <Loaded query={query} lines={12}>
      {() =>
        rows.length === 0 ? (
          <Empty title={t('service.noRecords')} why={t('service.noRecordsWhy')} />
        ) : (
          <DataTable
            {...search}
            label={t('service.tabs.records')}
            rows={rows}
            columns={columns}
            rowId={({ index }) => String(index)}
            exportName={service.id}
            onEnd={more}
            foot={
              hasNextPage && (
                <button type="button" className="button quiet" onClick={more}>
                  {isFetchingNextPage ? t('parts.loading') : t('table.more')}
                </button>
              )
            }
          />
        )
      }
    </Loaded>
  )
}
