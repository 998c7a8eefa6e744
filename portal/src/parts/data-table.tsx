import {
  type CSSProperties,
  type KeyboardEvent,
  memo,
  type ReactNode,
  type UIEvent,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useState,
} from 'react'
import { useTranslation } from 'react-i18next'
import { TableBar } from './table-bar.tsx'
import { TableHead } from './table-head.tsx'
import { type Column, createRowFilter, readAhead, type SortOrder, sortRows } from './table-rows.ts'

/** A column and how its cells look; as text where that is not said. */
export type ShownColumn<Row> = Column<Row> & { readonly cell?: (row: Row) => ReactNode }

type Props<Row extends object> = {
  /** What the table has, for those who hear it. */
  readonly label: string
  readonly rows: readonly Row[]
  readonly columns: readonly ShownColumn<Row>[]
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
  /** Whether there are more than these. */
  readonly hasMore?: boolean
  /** Shown below the rows, such as how many more there are. */
  readonly foot?: ReactNode
}

/**
 * A table of any length: only what is seen is in the page. Its head stays; arrow keys go from row
 * to row.
 */
export function DataTable<Row extends object>(props: Props<Row>) {
  const { label, rows, columns, rowId, filter = '', sort, exportName, hasMore, foot } = props
  const { t } = useTranslation()
  const wanted = useDeferredValue(filter)
  const [filterRows] = useState(createRowFilter<Row>)
  const shown = useMemo(
    () => filterRows(rows, columns, wanted),
    [filterRows, rows, columns, wanted],
  )
  const sorted = useMemo(() => sortRows(shown, columns, sort), [shown, columns, sort])
  const isFiltered = props.onFilter !== undefined
  useEffect(() => (isFiltered ? readAhead(rows, columns) : undefined), [rows, columns, isFiltered])
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
      <table
        className="table"
        aria-label={label}
        // Minus one is how ARIA says that nobody knows yet.
        aria-rowcount={hasMore ? -1 : sorted.length + 1}
        style={widths}
      >
        <TableHead columns={columns} sort={sort} onSort={props.onSort} />
        <Body rows={sorted} columns={columns} rowId={rowId} onEnd={props.onEnd} />
      </table>
      {sorted.length === 0 && rows.length > 0 && <p className="faint">{t('table.noMatch')}</p>}
      {foot}
    </div>
  )
}

type BodyProps<Row> = {
  readonly rows: readonly Row[]
  readonly columns: readonly ShownColumn<Row>[]
  readonly rowId: (row: Row) => string
  readonly onEnd: (() => void) | undefined
}

/** As high as tables.css has rows, and the body of a long table at most. */
const rowHeightPx = 34
const bodyHeightPxMax = 900
/** So many rows fit without a scroller of their own. */
const plainMax = 40
/** Rows come and go so many at a time, and so many are ready above and below what is seen. */
const stepRows = 4
const bodyRowsMax = Math.ceil(bodyHeightPxMax / rowHeightPx)

/** Which of so many rows are in the page: no more than are seen, since each takes a millisecond. */
function useShown(count: number) {
  const [step, setStep] = useState(0)
  const [seen, setSeen] = useState(bodyRowsMax)
  const onScroll = (scrollTop: number) =>
    setStep(Math.max(0, Math.floor(scrollTop / rowHeightPx / stepRows) - 1))
  const ref = useCallback((body: HTMLElement | null) => {
    if (!body) return undefined
    const rows = () => Math.min(bodyRowsMax, Math.ceil(body.clientHeight / rowHeightPx))
    const observer = new ResizeObserver(() => setSeen(rows()))
    observer.observe(body)
    return () => observer.disconnect()
  }, [])
  const shown = count > plainMax ? seen + 3 * stepRows : count
  // A filter leaves fewer rows before the browser says that it scrolled.
  const first = Math.max(0, Math.min(step * stepRows, count - shown))
  return { ref, first, end: first + shown, onScroll }
}

function Body<Row extends object>({ rows, columns, rowId, onEnd }: BodyProps<Row>) {
  const isLong = rows.length > plainMax
  const { ref, first, end, onScroll } = useShown(rows.length)
  const scrolled = ({ currentTarget }: UIEvent<HTMLTableSectionElement>) => {
    const { scrollTop, clientHeight, scrollHeight } = currentTarget
    onScroll(scrollTop)
    if (scrollTop + clientHeight > scrollHeight - 400) onEnd?.()
  }
  return (
    <tbody
      ref={ref}
      className="table-body"
      data-long={isLong || undefined}
      style={{ '--height': `${rows.length * rowHeightPx}px` } as CSSProperties}
      // What scrolls must be reached by keys.
      tabIndex={isLong ? 0 : undefined}
      onScroll={scrolled}
      onKeyDown={moveByKeys}
    >
      {rows.slice(first, end).map((row, at) => (
        <ShownRow key={rowId(row)} row={row} at={first + at} columns={columns} />
      ))}
    </tbody>
  )
}

type RowProps<Row> = {
  readonly row: Row
  readonly at: number
  readonly columns: readonly ShownColumn<Row>[]
}

/** Made once while it stays where it is: links and times are what a table's rendering costs. */
const ShownRow = memo(function ShownRow<Row>({ row, at, columns }: RowProps<Row>) {
  return (
    <tr
      className="table-row"
      aria-rowindex={at + 2}
      style={{ transform: `translateY(${at * rowHeightPx}px)` }}
    >
      {columns.map((column) => (
        <Cell key={column.id} column={column} row={row} />
      ))}
    </tr>
  )
}) as <Row>(props: RowProps<Row>) => ReactNode

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
