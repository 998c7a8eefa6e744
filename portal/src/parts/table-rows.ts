/** What a table shows of a row in one column. */
export type Column<Row> = {
  readonly id: string
  readonly header: string
  /** What it is sorted, filtered and exported by. */
  readonly value: (row: Row) => string | number
  /** A width of CSS grid, such as `8rem` or `minmax(8rem, 1fr)`. */
  readonly width: string
  /** Left out where there is no room. */
  readonly isMinor?: boolean
  readonly isNumber?: boolean
}

/** What tells rows apart that have an id. */
export const idOf = ({ id }: { readonly id: string }): string => id

export type SortOrder = { readonly id: string; readonly desc: boolean }

/** `-time` as a URL has it. */
export function sortText({ id, desc }: SortOrder): string {
  return desc ? `-${id}` : id
}

/** The reverse of `sortText`; undefined for what names no column. */
export function readSort(text: string | undefined, ids: readonly string[]): SortOrder | undefined {
  const desc = text?.startsWith('-') ?? false
  const id = desc ? text?.slice(1) : text
  return id !== undefined && ids.includes(id) ? { id, desc } : undefined
}

/** By columns too: another language or table says something else of the same row. */
const texts = new WeakMap<object, WeakMap<object, string>>()

function textsBy(columns: object): WeakMap<object, string> {
  const known = texts.get(columns) ?? new WeakMap<object, string>()
  texts.set(columns, known)
  return known
}

/** Everything that a row says, in lower case; made once for each row. */
function textReader<Row extends object>(columns: readonly Column<Row>[]): (row: Row) => string {
  const known = textsBy(columns)
  return (row) => {
    const made = known.get(row)
    if (made !== undefined) return made
    const text = columns.map(({ value }) => String(value(row)).toLowerCase()).join('\n')
    known.set(row, text)
    return text
  }
}

/** The rows that have every word of `filter` somewhere. */
export function filterRows<Row extends object>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  filter: string,
): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  const textOf = textReader(columns)
  return rows.filter((row) => {
    const text = textOf(row)
    return words.every((word) => text.includes(word))
  })
}

type Filtered<Row> = { readonly filter: string; readonly found: readonly Row[] }

/** As `filterRows`; who types on, or takes back, has as few rows looked at as need be. */
export function createRowFilter<Row extends object>(): typeof filterRows<Row> {
  let last: readonly unknown[] = []
  /** What was found on the way to the last filter, each of its beginnings after the other. */
  let typed: Filtered<Row>[] = []
  return (rows, columns, filter) => {
    const isSame = last[0] === rows && last[1] === columns
    typed = isSame ? typed.filter((one) => filter.startsWith(one.filter)) : []
    last = [rows, columns]
    const before = typed.at(-1)
    if (before?.filter === filter) return before.found
    const found = filterRows(before?.found ?? rows, columns, filter)
    typed.push({ filter, found })
    return found
  }
}

/** A slice of work, and the pause after it, in which the page answers. */
const slice = { workMs: 8, pauseMs: 16, rows: 64 }

/**
 * Reads what rows say ahead of the first filter, a little at a time: of 100,000 rows that is a
 * second, which nobody should wait for after a key. The function that is returned ends it.
 */
export function readAhead<Row extends object>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): () => void {
  const textOf = textReader(columns)
  let at = 0
  let timer = setTimeout(work, slice.pauseMs)
  function work() {
    const endMs = performance.now() + slice.workMs
    while (at < rows.length && performance.now() < endMs) {
      for (const row of rows.slice(at, at + slice.rows)) textOf(row)
      at += slice.rows
    }
    if (at < rows.length) timer = setTimeout(work, slice.pauseMs)
  }
  return () => clearTimeout(timer)
}

/** By the values of one column; what is equal there stays as it was. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: SortOrder | undefined,
): readonly Row[] {
  const column = columns.find(({ id }) => id === sort?.id)
  if (!sort || !column) return rows
  const direction = sort.desc ? -1 : 1
  return rows
    .map((row) => ({ row, value: column.value(row) }))
    .sort((one, other) => direction * order(one.value, other.value))
    .map(({ row }) => row)
}

function order(one: string | number, other: string | number): number {
  if (one === other) return 0
  return one > other ? 1 : -1
}

/** RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe before it. */
export function toCsv<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const lines = [columns.map(({ header }) => header)]
  for (const row of rows) lines.push(columns.map(({ value }) => String(value(row))))
  return `${lines.map((line) => line.map(csvCell).join(',')).join('\r\n')}\r\n`
}

function csvCell(text: string): string {
  const safe = /^[=+@\t\r]|^-(?!\d+(?:\.\d+)?$)/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** One object for each row, by the ids of the columns. */
export function toJson<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const objects = rows.map((row) =>
    Object.fromEntries(columns.map(({ id, value }) => [id, value(row)])),
  )
  return `${JSON.stringify(objects, undefined, 2)}\n`
}
