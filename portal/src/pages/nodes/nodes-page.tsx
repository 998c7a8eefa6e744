import type { NodeObject } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { liveMs } from '../../app/queries.ts'
import { Badge } from '../../parts/badge.tsx'
import { DataTable, type ShownColumn } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { idOf } from '../../parts/table-rows.ts'
import { useTableSearch } from '../../parts/use-table-search.ts'
import { nodeState } from './node-state.ts'
import { useNodes } from './use-nodes.ts'

/** The map and its land come when somebody looks at it. */
const WorldMap = lazy(async () => ({ default: (await import('./world-map.tsx')).WorldMap }))

/** /nodes: the city nodes on a map, and the same as a list. */
export function NodesPage() {
  const { t } = useTranslation()
  const query = useNodes({ refetchInterval: 4 * liveMs })
  return (
    <Page title={t('nodes.title')} lead={t('nodes.lead')}>
      <Loaded query={query} lines={12}>
        {(nodes) =>
          nodes.length === 0 ? (
            <Empty title={t('nodes.none')} why={t('nodes.noneWhy')} />
          ) : (
            <>
              <Suspense fallback={<div className="map" />}>
                <WorldMap nodes={nodes} />
              </Suspense>
              <NodeTable nodes={nodes} />
            </>
          )
        }
      </Loaded>
    </Page>
  )
}

function NodeTable({ nodes }: { readonly nodes: readonly NodeObject[] }) {
  const { t } = useTranslation()
  const columns = useNodeColumns()
  const search = useTableSearch(columns)
  return (
    <DataTable
      {...search}
      label={t('nodes.title')}
      rows={nodes}
      columns={columns}
      rowId={idOf}
      exportName="nodes"
    />
  )
}

function useNodeColumns(): readonly ShownColumn<NodeObject>[] {
  const { t, i18n } = useTranslation()
  const { number } = useFormats()
  return useMemo(() => {
    const regions = new Intl.DisplayNames(i18n.language, { type: 'region', fallback: 'code' })
    const latency = ({ liveness }: NodeObject) => liveness?.latencyMs
    return [
      {
        id: 'name',
        header: t('nodes.name'),
        value: ({ id }) => id,
        cell: ({ id }) => (
          <Link to="/nodes/$node" params={{ node: id }}>
            {id}
          </Link>
        ),
        width: 'minmax(7rem, 1fr)',
      },
      {
        id: 'city',
        header: t('nodes.city'),
        value: ({ city = '', country }) =>
          country ? t('nodes.place', { city, country: regions.of(country) }) : city,
        width: 'minmax(7rem, 1fr)',
        isMinor: true,
      },
      {
        id: 'operator',
        header: t('nodes.operator'),
        value: ({ operator = '' }) => operator,
        width: '9rem',
        isMinor: true,
      },
      {
        id: 'state',
        header: t('nodes.state'),
        value: (node) => t(`states.${nodeState(node)}`),
        cell: (node) => <Badge state={nodeState(node)} />,
        width: '9rem',
      },
      {
        id: 'latency',
        header: t('nodes.latency'),
        value: (node) => latency(node) ?? -1,
        cell: (node) => {
          const ms = latency(node)
          return ms === undefined ? '–' : t('nodes.ms', { ms: number(ms) })
        },
        width: '6rem',
        isMinor: true,
        isNumber: true,
      },
      {
        id: 'height',
        header: t('nodes.height'),
        value: ({ liveness }) => liveness?.height ?? -1,
        cell: ({ liveness }) => (liveness?.height === undefined ? '–' : number(liveness.height)),
        width: '7rem',
        isMinor: true,
        isNumber: true,
      },
    ]
  }, [t, i18n.language, number])
}
