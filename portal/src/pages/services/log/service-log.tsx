import type { LoggedRequest, RequestLogFilter, ServiceObject } from '@openbsn/sdk'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { useOrganisation } from '../../../app/session.tsx'
import { useNowSeconds } from '../../../parts/clock.ts'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { DataTable } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Loaded } from '../../../parts/loaded.tsx'
import { MoreButton } from '../../../parts/more-button.tsx'
import { Problem } from '../../../parts/problem.tsx'
import { useLogColumns } from './log-columns.tsx'
import { filterOf } from './log-filter.ts'
import { LogFilters } from './log-filters.tsx'
import { OneRequest } from './one-request.tsx'
import { type LogOf, useRequestLog } from './use-request-log.ts'

const route = getRouteApi('/services/$service')

/** The tab "log" of a service, for whoever published it. */
export function ServiceLog({ service }: { readonly service: ServiceObject }) {
  const { id: ledger } = useLedger()
  const { organisation } = useOrganisation()
  const { request } = route.useSearch()
  const of = { organisation: organisation?.id ?? '', ledger, service: service.id }
  return request === undefined ? <Log of={of} /> : <OneRequest of={of} number={request} />
}

function Log({ of }: { readonly of: LogOf }) {
  const { t } = useTranslation()
  const { status, code, method, path, credential, id, within } = route.useSearch()
  const [isLive, setLive] = useState(true)
  const now = useNowSeconds()
  const search = { status, code, method, path, credential, id, within }
  const key = JSON.stringify(search)
  // Asked from one moment on: pages of another one would not go together.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for all of them.
  const filter = useMemo(() => filterOf(search, now), [key])
  return (
    <>
      <LogFilters search={search} />
      <p className="row">
        <button
          type="button"
          className="button quiet"
          aria-pressed={isLive}
          onClick={() => setLive(!isLive)}
        >
          {t('log.live')}
        </button>
        <span className="note">{t(isLive ? 'log.isLive' : 'log.isPaused')}</span>
      </p>
      <Rows key={key} of={of} filter={filter} isLive={isLive} />
    </>
  )
}

type RowsProps = {
  readonly of: LogOf
  readonly filter: RequestLogFilter
  readonly isLive: boolean
}

const rowId = ({ number }: LoggedRequest) => String(number)

function Rows({ of, filter, isLive }: RowsProps) {
  const { t } = useTranslation()
  const columns = useLogColumns()
  const { query, rows, error, retry } = useRequestLog(of, filter, isLive)
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  const more = () => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage({ cancelRefetch: false })
  }
  const foot = hasNextPage && (
    <MoreButton label={t('table.more')} onMore={more} isBusy={isFetchingNextPage} />
  )
  return (
    <>
      {error !== undefined && <Problem error={error} retry={retry} />}
      <Loaded query={query} lines={14}>
        {() =>
          rows.length === 0 ? (
            <Nothing isFiltered={Object.keys(filter).length > 0} of={of} foot={foot} />
          ) : (
            <DataTable
              label={t('service.tabs.log')}
              rows={rows}
              columns={columns}
              rowId={rowId}
              exportName={`${of.service}-requests`}
              onEnd={more}
              foot={foot}
            />
          )
        }
      </Loaded>
    </>
  )
}

type NothingProps = {
  readonly isFiltered: boolean
  readonly of: LogOf
  readonly foot: React.ReactNode
}

function Nothing({ isFiltered, of: { ledger, service }, foot }: NothingProps) {
  const { t } = useTranslation()
  if (isFiltered) {
    return (
      <Empty title={t('log.noMatch')} why={t('log.noMatchWhy')}>
        {foot}
      </Empty>
    )
  }
  const url = `${location.origin}/api/v1/ledgers/${ledger}/services/${service}/records`
  const sample = `curl -H "Authorization: Bearer $API_KEY" "${url}"`
  return (
    <Empty title={t('log.none')} why={t('log.noneWhy')}>
      <CodeBlock text={sample} what={t('log.sample')} />
    </Empty>
  )
}
