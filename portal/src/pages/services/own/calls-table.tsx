import type { CallsRow, ServiceObject } from '@openbsn/sdk'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { DataTable, type ShownColumn } from '../../../parts/data-table.tsx'
import { useFormats } from '../../../parts/formats.ts'

type Props = { readonly service: ServiceObject; readonly calls: readonly CallsRow[] }

const credentialOf = ({ credential }: CallsRow) => credential

/** Calls of a service's chain through this gateway, by credential. */
export function CallsTable({ service, calls }: Props) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const columns = useMemo<readonly ShownColumn<CallsRow>[]>(() => {
    const count = (id: 'calls' | 'cost' | 'transactions') => ({
      id,
      header: t(`usage.columns.${id}`),
      value: (one: CallsRow) => one[id],
      cell: (one: CallsRow) => number(one[id]),
      width: 'minmax(5rem, 8rem)',
      isNumber: true,
      isMinor: id === 'cost',
    })
    const credential = {
      id: 'credential',
      header: t('kinds.credential'),
      value: credentialOf,
      width: 'minmax(8rem, 1fr)',
    }
    return [credential, count('calls'), count('cost'), count('transactions')]
  }, [t, number])
  return (
    <DataTable
      label={t('usage.calls')}
      rows={calls}
      columns={columns}
      rowId={credentialOf}
      exportName={`${service.id}-calls`}
    />
  )
}
