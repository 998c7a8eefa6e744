import type { ListedEntry, ListQuery } from '@openbsn/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { MoreButton } from '../../parts/more-button.tsx'
import { useTableSearch } from '../../parts/use-table-search.ts'
import { entryId, useEntryColumns } from './entry-columns.tsx'

const none: readonly ListedEntry[] = []

export type EntryTableProps = {
  readonly filter: ListQuery
  /** Whether the service of each is shown. */
  readonly hasService?: boolean
  readonly label: string
  readonly exportName: string
  /** Shown where there is none. */
  readonly empty: ReactNode
}

/** Entries of the ledger, loaded as far as somebody scrolls. */
export function EntryTable({ filter, hasService, label, exportName, empty }: EntryTableProps) {
  const { t } = useTranslation()
  const query = useEntries(filter)
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = query
  const rows = useMemo(() => data?.pages.flatMap(({ entries }) => entries) ?? none, [data])
  const columns = useEntryColumns(hasService)
  const search = useTableSearch(columns)
  const more = () => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }
  return (
    <Loaded query={query} lines={14}>
      {() =>
        rows.length === 0 && !hasNextPage ? (
          empty
        ) : (
          <DataTable
            {...search}
            label={label}
            rows={rows}
            columns={columns}
            rowId={entryId}
            exportName={exportName}
            onEnd={more}
            hasMore={hasNextPage}
            foot={
              hasNextPage && (
                <MoreButton label={t('table.more')} onMore={more} isBusy={isFetchingNextPage} />
              )
            }
          />
        )
      }
    </Loaded>
  )
}

function useEntries(filter: ListQuery) {
  const { id, client } = useLedger()
  return useInfiniteQuery({
    queryKey: [id, 'entries', filter],
    // The first screen soon, and then no more requests than a long way down needs.
    queryFn: ({ pageParam: cursor }) =>
      client.list({ ...filter, ...(cursor ? { limit: 1000, cursor } : { limit: 200 }) }),
    initialPageParam: '',
    // Entries do not change: who went far down does not wait for all of them again.
    staleTime: ({ state: { data } }) =>
      (data?.pages.length ?? 0) > 1 ? Number.POSITIVE_INFINITY : 2000,
    getNextPageParam: ({ next }) => next,
    placeholderData: (before) => before,
  })
}
