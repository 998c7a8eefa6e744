import type { ServiceObject } from '@openbsn/sdk'
import { useTranslation } from 'react-i18next'
import { Empty } from '../../parts/empty.tsx'
import { EntryTable } from '../explore/entry-table.tsx'

/** The entries of a service, where anyone may read them. */
export function ServiceRecords({ service: { id, readers } }: { readonly service: ServiceObject }) {
  const { t } = useTranslation()
  if (readers === 'credentials') {
    return <Empty title={t('service.closed')} why={t('service.closedWhy')} />
  }
  return (
    <EntryTable
      filter={{ service: id, order: 'newest' }}
      hasService={false}
      label={t('service.tabs.records')}
      exportName={id}
      empty={<Empty title={t('service.noRecords')} why={t('service.noRecordsWhy')} />}
    />
  )
}
