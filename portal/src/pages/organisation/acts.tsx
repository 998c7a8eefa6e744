import type { PortalAct } from '@openbsn/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../app/proof.ts'
import { portalClient, portalKey } from '../../app/session.tsx'
import { DataTable, type ShownColumn } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { MoreButton } from '../../parts/more-button.tsx'
import { Time } from '../../parts/time.tsx'

const actId = ({ requestKey }: PortalAct) => requestKey
const none: readonly PortalAct[] = []

/** What members did on ledgers, the newest first, each with its entry. */
export function Acts({ organisation }: { readonly organisation: string }) {
  const { t } = useTranslation()
  const columns = useColumns()
  const query = useInfiniteQuery({
    queryKey: [portalKey, organisation, 'acts'],
    queryFn: ({ pageParam }) => guarded(() => portalClient.acts.list(organisation, pageParam)),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  })
  const { data } = query
  const acts = useMemo(() => data?.pages.flatMap((page) => page.acts) ?? none, [data])
  return (
    <Loaded query={query}>
      {() => {
        if (acts.length === 0) {
          return <Empty title={t('organisation.noActs')} why={t('organisation.noActsWhy')} />
        }
        return (
          <DataTable
            label={t('organisation.tabs.acts')}
            rows={acts}
            columns={columns}
            rowId={actId}
            exportName="acts"
            foot={
              query.hasNextPage && (
                <div className="row">
                  <MoreButton
                    label={t('organisation.more')}
                    onMore={() => void query.fetchNextPage({ cancelRefetch: false })}
                    isBusy={query.isFetchingNextPage}
                  />
                </div>
              )
            }
          />
        )
      }}
    </Loaded>
  )
}

function useColumns(): readonly ShownColumn<PortalAct>[] {
  const { t } = useTranslation()
  return useMemo(
    () => [
      {
        id: 'time',
        header: t('organisation.when'),
        width: 'minmax(7rem, 9rem)',
        value: ({ time }) => time,
        cell: ({ time }) => <Time seconds={time} kind="wall" />,
      },
      {
        id: 'act',
        header: t('organisation.act'),
        width: 'minmax(8rem, 12rem)',
        value: ({ act }) => act,
      },
      {
        id: 'subject',
        header: t('organisation.subject'),
        width: 'minmax(8rem, 1fr)',
        value: ({ subject }) => subject,
        isMinor: true,
      },
      {
        id: 'account',
        header: t('organisation.by'),
        width: '12rem',
        isMinor: true,
        value: ({ account }) => account,
        cell: ({ account }) => <bdi>{account}</bdi>,
      },
      {
        id: 'entry',
        header: t('organisation.entry'),
        width: '7rem',
        value: ({ entry, state }) => entry ?? t(`organisation.actStates.${state}`),
        cell: (act) => <Entry act={act} />,
      },
    ],
    [t],
  )
}

/** Its entry, which proves it; what became of it, where it has none. */
function Entry({ act: { entry, state, ledger } }: { readonly act: PortalAct }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  if (entry === undefined) return t(`organisation.actStates.${state}`)
  return (
    <Link to="/explore/entries/$index" params={{ index: String(entry) }} search={{ ledger }}>
      #{number(entry)}
    </Link>
  )
}
