import type { ServiceObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { everyPage } from '../../app/every-page.ts'
import { useLedger } from '../../app/ledger.tsx'
import { useOrganisation } from '../../app/session.tsx'
import { Badge } from '../../parts/badge.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { DataTable, type ShownColumn } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { idOf } from '../../parts/table-rows.ts'
import { useTableSearch } from '../../parts/use-table-search.ts'

/** /services: what is published on this ledger. */
export function ServicesPage() {
  const { t } = useTranslation()
  const { id, client } = useLedger()
  const { may } = useOrganisation()
  const query = useQuery({
    queryKey: [id, 'every service'],
    queryFn: () =>
      everyPage(async (page) => {
        const { services: items, next } = await client.services(page)
        return { items, next }
      }),
  })
  return (
    <Page
      title={t('services.title')}
      lead={t('services.lead')}
      actions={
        may('service-create') && (
          <Link to="/new-service" className="button">
            {t('newService.title')}
          </Link>
        )
      }
    >
      <Loaded query={query} lines={10}>
        {(services) => (services.length === 0 ? <NoService /> : <Table services={services} />)}
      </Loaded>
    </Page>
  )
}

function NoService() {
  const { t } = useTranslation()
  const { may } = useOrganisation()
  const line = 'bsn service create notes --framework records'
  return (
    <Empty title={t('services.none')} why={t('services.noneWhy')}>
      {may('service-create') ? (
        <p>
          <Link to="/new-service">{t('firstSuccess.steps.service')}</Link>
        </p>
      ) : (
        <CodeBlock text={line} what={t('services.create')} />
      )}
    </Empty>
  )
}

function Table({ services }: { readonly services: readonly ServiceObject[] }) {
  const { t } = useTranslation()
  const columns = useServiceColumns()
  const search = useTableSearch(columns)
  return (
    <DataTable
      {...search}
      label={t('services.title')}
      rows={services}
      columns={columns}
      rowId={idOf}
      exportName="services"
    />
  )
}

function useServiceColumns(): readonly ShownColumn<ServiceObject>[] {
  const { t } = useTranslation()
  return useMemo(() => {
    const framework = (one: ServiceObject) =>
      t(`frameworks.${one.framework}`, { defaultValue: one.framework ?? '' })
    const readers = (one: ServiceObject) => t(`services.readers.${one.readers ?? 'anyone'}`)
    return [
      {
        id: 'name',
        header: t('services.name'),
        value: ({ id }) => id,
        cell: ({ id }) => (
          <Link to="/services/$service" params={{ service: id }}>
            {id}
          </Link>
        ),
        width: 'minmax(8rem, 1fr)',
      },
      {
        id: 'framework',
        header: t('services.framework'),
        value: framework,
        width: '8rem',
        isMinor: true,
      },
      {
        id: 'publisher',
        header: t('services.publisher'),
        value: ({ publisher = '' }) => publisher.replace(/^\w+\//, ''),
        width: '10rem',
        isMinor: true,
      },
      { id: 'readers', header: t('services.read'), value: readers, width: '9rem', isMinor: true },
      {
        id: 'status',
        header: t('services.status'),
        value: ({ status = '' }) => status,
        cell: ({ status = '' }) => <Badge state={status} />,
        width: '8rem',
      },
    ]
  }, [t])
}
