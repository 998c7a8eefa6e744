import { useTranslation } from 'react-i18next'
import { Icon } from './icon.tsx'
import type { Column, SortOrder } from './table-rows.ts'

type Props<Row> = {
  readonly columns: readonly Column<Row>[]
  readonly sort: SortOrder | undefined
  readonly onSort: ((sort: SortOrder | undefined) => void) | undefined
}

const ariaSort = (desc: boolean) => (desc ? 'descending' : 'ascending')

/** The names of the columns; where it can be sorted each is a button. */
export function TableHead<Row>({ columns, sort, onSort }: Props<Row>) {
  const { t } = useTranslation()
  return (
    <thead className="table-head">
      <tr className="table-row" aria-rowindex={1}>
        {columns.map(({ id, header, isMinor, isNumber }) => {
          const own = sort?.id === id ? sort : undefined
          return (
            <th
              key={id}
              scope="col"
              data-minor={isMinor || undefined}
              data-number={isNumber || undefined}
              aria-sort={own ? ariaSort(own.desc) : undefined}
            >
              {onSort ? (
                <button
                  type="button"
                  title={t('table.sort', { column: header })}
                  onClick={() => onSort(nextSort(id, own))}
                >
                  {header}
                  {own && <Icon name={own.desc ? 'down' : 'up'} />}
                </button>
              ) : (
                header
              )}
            </th>
          )
        })}
      </tr>
    </thead>
  )
}

/** Up, down, and as it came. */
function nextSort(id: string, own: SortOrder | undefined): SortOrder | undefined {
  if (!own) return { id, desc: false }
  return own.desc ? undefined : { id, desc: true }
}
