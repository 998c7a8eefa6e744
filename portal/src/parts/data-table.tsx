import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useDeferredValue,
  useMemo,
  useRef,
} from 'react'
import { useTranslation } from 'react-i18next'
import { TableBar } from './table-bar.tsx'
import { TableHead } from './table-head.tsx'
import { type Column, filterRows, type SortOrder } from './table-rows.ts'

/** A column and how its cells look; as text where that is not said. */
export type ShownColumn<Row> = Column<Row> & { readonly cell?: (row: Row) => ReactNode }

type Props<Row extends object> = {
  /** What the table has, for those who hear it. */
  readonly label: string
  readonly rows: readonly Row[]
  readonly columns: readonly ShownColumn<Row>[]
  /** The same function each time: with another one every row is placed anew. */
  readonly rowId: (row: Row) => string
  /** Kept by whoever shows it, in the URL. */
  readonly filter?: string | undefined
  readonly onFilter?: (filter: string) => void
  readonly sort?: SortOrder | undefined
  readonly onSort?: (sort: SortOrder | undefined) => void
  /** Files are named so. */
  readonly exportName?: string
  /** Asked for when the end comes near. */
  readonly onEnd?: () => void
  /** Shown below the rows, such as how many more there are. */
  readonly foot?: ReactNode
}

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns,
})
const rowHeightPx = 34

/**
 * A table of any length: only what is seen is in the page. Its head stays; arrow keys go from row
 * to row.
 */
export function DataTable<Row extends object>(props: Props<Row>) {
  const { label, rows, columns, rowId, filter = '', sort, exportName, foot } = props
  const { t } = useTranslation()
  const wanted = useDeferredValue(filter)
  const shown = useMemo(() => filterRows(rows, columns, wanted), [rows, columns, wanted])
  const sorted = useSorted({ rows: shown, columns, rowId, sort })
  const widths = {
    '--columns': columns.map(({ width }) => width).join(' '),
    '--columns-narrow': columns
      .filter(({ isMinor }) => !isMinor)
      // On a narrow screen no column insists on its room.
      .map(({ width }) => width.replace(/minmax\([^,]+,/, 'minmax(0,'))
      .join(' '),
  } as CSSProperties
  return (
    <div className="table-block">
      {(props.onFilter || exportName !== undefined) && (
        <TableBar
          {...{ filter, exportName, columns, rows: sorted, total: rows.length }}
          onFilter={props.onFilter}
        />
      )}
      <table className="table" aria-label={label} aria-rowcount={sorted.length + 1} style={widths}>
        <TableHead columns={columns} sort={sort} onSort={props.onSort} />
        <Body rows={sorted} columns={columns} rowId={rowId} onEnd={props.onEnd} />
      </table>
      {sorted.length === 0 && rows.length > 0 && <p className="faint">{t('table.noMatch')}</p>}
      {foot}
    </div>
  )
}

type Sorting<Row> = Pick<Props<Row & object>, 'sort'> & {
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly rowId: (row: Row) => string
}

function useSorted<Row extends object>({
  rows,
  columns,
  rowId,
  sort,
}: Sorting<Row>): readonly Row[] {
  const defs = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>()
    return helper.columns(
      columns.map(({ id, value }) =>
        helper.accessor((row: Row) => value(row), { id, sortFn: 'basic' }),
      ),
    )
  }, [columns])
  const sorting = useMemo(() => (sort ? [{ ...sort }] : []), [sort])
  const table = useTable({
    features,
    columns: defs,
    data: rows,
    getRowId: rowId,
    state: { sorting },
  })
  const { rows: sorted } = table.getRowModel()
  return useMemo(() => sorted.map(({ original }) => original), [sorted])
}

type BodyProps<Row> = {
  readonly rows: readonly Row[]
  readonly columns: readonly ShownColumn<Row>[]
  readonly rowId: (row: Row) => string
  readonly onEnd: (() => void) | undefined
}

/** So many rows fit without a scroller of their own. */
const plainMax = 40

function Body<Row extends object>({ rows, columns, rowId, onEnd }: BodyProps<Row>) {
  const scroller = useRef<HTMLTableSectionElement>(null)
  const isLong = rows.length > plainMax
  const getItemKey = useCallback((at: number) => (rows[at] ? rowId(rows[at]) : at), [rows, rowId])
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    getItemKey,
    overscan: isLong ? 12 : rows.length,
    // Before it was measured there is room for a screen of rows.
    initialRect: { width: 0, height: 600 },
  })
  const onScroll = () => {
    const { current } = scroller
    if (!current || !onEnd) return
    if (current.scrollTop + current.clientHeight > current.scrollHeight - 400) onEnd()
  }
  return (
    <tbody
      ref={scroller}
      className="table-body"
      data-long={isLong || undefined}
      style={{ '--height': `${virtualizer.getTotalSize()}px` } as CSSProperties}
      // What scrolls must be reached by keys.
      tabIndex={isLong ? 0 : undefined}
      onScroll={onScroll}
      onKeyDown={moveByKeys}
    >
      {virtualizer.getVirtualItems().map(({ key, index, start }) => {
        const row = rows[index]
        return (
          row && (
            <tr
              key={key}
              className="table-row"
              aria-rowindex={index + 2}
              style={{ transform: `translateY(${start}px)` }}
            >
              {columns.map((column) => (
                <Cell key={column.id} column={column} row={row} />
              ))}
            </tr>
          )
        )
      })}
    </tbody>
  )
}

function Cell<Row>({ column, row }: { readonly column: ShownColumn<Row>; readonly row: Row }) {
  const { cell, value, isMinor, isNumber } = column
  return (
    <td data-minor={isMinor || undefined} data-number={isNumber || undefined}>
      {cell ? cell(row) : value(row)}
    </td>
  )
}

/** Arrow keys go to the first link of the next row, as in a list. */
function moveByKeys(event: KeyboardEvent<HTMLTableSectionElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step === undefined) return
  const links = [...event.currentTarget.querySelectorAll('.table-row')].flatMap((row) => {
    const link = row.querySelector('a')
    return link ? [link] : []
  })
  const at = links.findIndex((one) => one.closest('.table-row')?.contains(document.activeElement))
  const next = links[at < 0 ? 0 : at + step]
  if (!next) return
  event.preventDefault()
  next.focus()
}
