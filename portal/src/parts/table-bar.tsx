import { useTranslation } from 'react-i18next'
import { saveFile } from './download.tsx'
import { useFormats } from './formats.ts'
import { Icon } from './icon.tsx'
import { type Column, toCsv, toJson } from './table-rows.ts'
import { useUrlInput } from './use-url-input.ts'

type Props<Row> = {
  readonly filter: string
  readonly onFilter: ((filter: string) => void) | undefined
  readonly exportName: string | undefined
  readonly columns: readonly Column<Row>[]
  /** As they are shown: filtered and sorted. */
  readonly rows: readonly Row[]
  readonly total: number
}

/** Above a table: the filter, how many rows there are, and files of what is shown. */
export function TableBar<Row>({ filter, onFilter, exportName, columns, rows, total }: Props<Row>) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const field = useUrlInput(filter)
  const isPart = rows.length < total
  const counts = { count: total, shown: number(rows.length), total: number(total) }
  return (
    <div className="table-bar">
      {onFilter && (
        <label className="filter">
          <Icon name="search" />
          <span className="unseen">{t('table.filter')}</span>
          <input
            {...field}
            type="search"
            placeholder={t('table.filter')}
            onChange={({ target }) => onFilter(target.value)}
          />
        </label>
      )}
      <p className="faint" role="status">
        {isPart ? t('table.part', counts) : t('table.rows', counts)}
      </p>
      {exportName !== undefined && (
        <div className="table-files">
          <FileButton
            kind="CSV"
            save={() =>
              saveFile({ name: `${exportName}.csv`, bytes: toCsv(rows, columns), type: 'text/csv' })
            }
          />
          <FileButton
            kind="JSON"
            save={() =>
              saveFile({
                name: `${exportName}.json`,
                bytes: toJson(rows, columns),
                type: 'application/json',
              })
            }
          />
        </div>
      )}
    </div>
  )
}

function FileButton({ kind, save }: { readonly kind: string; readonly save: () => void }) {
  const { t } = useTranslation()
  return (
    <button
      type="button"
      className="button quiet"
      title={t('table.export', { kind })}
      onClick={save}
    >
      <Icon name="download" />
      {kind}
    </button>
  )
}
