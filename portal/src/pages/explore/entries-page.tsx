import type { ListedEntry } from '@openbsn/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { orders } from '../../app/search-params.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Choice, Field } from '../../parts/field.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { useTableSearch } from '../../parts/use-table-search.ts'
import { useEntryColumns } from './entry-columns.tsx'

const route = getRouteApi('/explore/entries')
const none: readonly ListedEntry[] = []

/** /explore/entries: every entry that anyone may read, by service, key and time. */
export function EntriesPage() {
  const { t } = useTranslation()
  return (
    <Page title={t('entries.title')} lead={t('entries.lead')}>
      <Filters />
      <Entries />
    </Page>
  )
}

/** Asked of the gateway; the field above the table looks through what is here. */
function Filters() {
  const { t } = useTranslation()
  const { service = '', key = '', from, to, order = 'newest' } = route.useSearch()
  const navigate = route.useNavigate()
  const change = (next: object) =>
    void navigate({ search: (before) => ({ ...before, ...next }) as typeof before, replace: true })
  const text = (name: string) => ({
    onChange: ({ target }: { readonly target: HTMLInputElement }) =>
      change({ [name]: target.value || undefined }),
  })
  const time = (name: string, seconds: number | undefined) => ({
    type: 'datetime-local' as const,
    value: seconds === undefined ? '' : new Date(seconds * 1000).toISOString().slice(0, 16),
    onChange: ({ target }: { readonly target: HTMLInputElement }) => {
      const ms = Date.parse(`${target.value}Z`)
      change({ [name]: Number.isNaN(ms) ? undefined : ms / 1000 })
    },
  })
  return (
    <form className="filters" onSubmit={(event) => event.preventDefault()}>
      <Field label={t('entries.service')} value={service} {...text('service')} />
      <Field
        label={t('entries.key')}
        value={key}
        disabled={service === ''}
        hint={service === '' ? t('entries.keyNeedsService') : undefined}
        {...text('key')}
      />
      <Field label={t('entries.from')} {...time('from', from)} />
      <Field label={t('entries.to')} {...time('to', to)} />
      <Choice
        label={t('entries.order')}
        value={order}
        options={orders.map((one) => [one, t(`entries.orders.${one}`)])}
        onChoose={(one) => change({ order: one === 'newest' ? undefined : one })}
      />
    </form>
  )
}

function useEntries() {
  const { id, client } = useLedger()
  const { service, key, from, to, order = 'newest' } = route.useSearch()
  const filter = { service, key: service ? key : undefined, from, to, order }
  return useInfiniteQuery({
    queryKey: [id, 'entries', filter],
    queryFn: ({ pageParam: cursor }) =>
      client.list({ ...defined(filter), limit: 200, ...(cursor ? { cursor } : {}) }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    placeholderData: (before) => before,
  })
}

/** Without what is undefined: the SDK's types tell absent and undefined apart. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

function Entries() {
  const { t } = useTranslation()
  const query = useEntries()
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = query
  const rows = useMemo(() => data?.pages.flatMap(({ entries }) => entries) ?? none, [data])
  const columns = useEntryColumns()
  const search = useTableSearch(columns)
  const more = () => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }
  return (
    <Loaded query={query} lines={14}>
      {() =>
        rows.length === 0 && !hasNextPage ? (
          <Empty title={t('entries.none')} why={t('entries.noneWhy')} />
        ) : (
          <DataTable
            {...search}
            label={t('entries.title')}
            rows={rows}
            columns={columns}
            rowId={({ index }) => String(index)}
            exportName="entries"
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
