import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { LoggedBody, LoggedRequest } from '@openbsn/sdk'
import { type LogFilter, type LogPlace, perSecondMax, secondOf } from './logged-request.ts'

type Row = Record<string, SQLOutputValue>

/** A place in the list, exclusive. */
export type LogRange = { readonly after: number; readonly before: number }

/** The table of the request log; what it changes is in the transaction of whoever calls. */
export interface RequestLogStore {
  /** `at`: where it is among those of all services, which is for nobody to see. */
  insert(place: LogPlace, at: number, row: LoggedRequest): void
  /** Forgets all but the newest `kept` of a service. */
  prune(place: LogPlace, kept: number): void
  /** Forgets what is older, of all services. */
  forgetBefore(seconds: number): void
  /** Of the last one of a service; 0 where there is none. */
  lastNumber(place: LogPlace): number
  /** Of the last one of all. */
  lastAt(): number
  /** The first ones of a range, the newest or the oldest first. */
  list(
    place: LogPlace,
    filter: LogFilter,
    page: LogRange & { readonly limit: number; readonly isOldestFirst: boolean },
  ): LoggedRequest[]
  /**
   * Number that has `count` of the service between itself and `from`, exclusive, where there are
   * so many: a list looks no further for one page.
   */
  edge(
    place: LogPlace,
    from: { readonly number: number; readonly isUp: boolean },
    count: number,
  ): number | undefined
}

/** Over the gateway's database. */
export function createRequestLogStore(database: DatabaseSync): RequestLogStore {
  const sql = statements(database)
  return {
    insert({ ledger, service }, at, row) {
      const { number, credential, participant = null, id, method, path, status, ms } = row
      const who = [at, ledger, service, number, credential, participant] as const
      const { code = null, location = null, contentType = null, skipped = null } = row
      const bodies = [...textValues(row.request), ...textValues(row.answer)]
      const what = [id, method, path, status, code, ms, contentType, location, skipped]
      sql.insert.run(...who, ...what, ...bodies)
    },
    prune: ({ ledger, service }, kept) =>
      void sql.prune.run({ $ledger: ledger, $service: service, $kept: kept }),
    forgetBefore: (seconds) => void sql.forget.run(seconds * perSecondMax),
    lastNumber: ({ ledger, service }) => Number(sql.last.get(ledger, service)?.number ?? 0),
    lastAt: () => Number(sql.lastAt.get()?.at ?? 0),
    list(place, filter, { after, before, limit, isOldestFirst }) {
      const bounds = boundsOf(filter, { after, before })
      const values = { ...filterValues(place, filter), ...bounds, $limit: limit }
      const rows = (isOldestFirst ? sql.oldest : sql.newest).all(values)
      return rows.map(requestIn)
    },
    edge({ ledger, service }, { number, isUp }, count) {
      const values = { $ledger: ledger, $service: service, $number: number, $count: count }
      const found = (isUp ? sql.edgeAbove : sql.edgeBelow).get(values)
      return found === undefined ? undefined : Number(found.number)
    },
  }
}

function statements(database: DatabaseSync) {
  const on = (text: string) => database.prepare(text)
  const own = 'ledger = $ledger AND service = $service'
  const list = `SELECT * FROM request_log
     WHERE ${own} AND number > $after AND number < $before
       AND ($participant IS NULL OR participant = $participant)
       AND status >= $from AND status <= $to
       AND ($code IS NULL OR code = $code) AND ($method IS NULL OR method = $method)
       AND ($credential IS NULL OR credential = $credential) AND ($id IS NULL OR id = $id)
       AND ($path IS NULL OR instr(path, $path) > 0)`
  return {
    insert: on(
      `INSERT OR REPLACE INTO request_log
         (at, ledger, service, number, credential, participant, id, method, path, status, code, ms,
          content_type, location, skipped, request_bytes, request_note, request, answer_bytes,
          answer_note, answer)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    prune: on(
      `DELETE FROM request_log WHERE ${own} AND number <=
         (SELECT number FROM request_log WHERE ${own} ORDER BY number DESC LIMIT 1 OFFSET $kept)`,
    ),
    forget: on('DELETE FROM request_log WHERE at < ?'),
    last: on('SELECT max(number) AS number FROM request_log WHERE ledger = ? AND service = ?'),
    lastAt: on('SELECT max(at) AS at FROM request_log'),
    newest: on(`${list} ORDER BY number DESC LIMIT $limit`),
    oldest: on(`${list} ORDER BY number LIMIT $limit`),
    edgeBelow: on(
      `SELECT number FROM request_log WHERE ${own} AND number < $number
       ORDER BY number DESC LIMIT 1 OFFSET $count`,
    ),
    edgeAbove: on(
      `SELECT number FROM request_log WHERE ${own} AND number > $number
       ORDER BY number LIMIT 1 OFFSET $count`,
    ),
  }
}

function textValues(text: LoggedBody | undefined): SQLInputValue[] {
  return text ? [text.bytes, text.note ?? null, text.text ?? null] : [null, null, null]
}

function filterValues({ ledger, service, participant }: LogPlace, filter: LogFilter) {
  const { status = { from: 0, to: 999 } } = filter
  return {
    ...{ $ledger: ledger, $service: service, $participant: participant ?? null },
    ...{ $from: status.from, $to: status.to, $code: filter.code ?? null },
    ...{ $method: filter.method ?? null, $path: filter.path ?? null },
    ...{ $credential: filter.credential ?? null, $id: filter.id ?? null },
  }
}

/** Times are a part of the numbers. */
function boundsOf({ from, to }: LogFilter, { after, before }: LogRange) {
  const least = from === undefined ? after : Math.max(after, from * perSecondMax - 1)
  const most = to === undefined ? before : Math.min(before, to * perSecondMax)
  return { $after: least, $before: most }
}

function requestIn(row: Row): LoggedRequest {
  const number = Number(row.number)
  const text = (name: string, value = row[name]) => (typeof value === 'string' ? value : undefined)
  return given({
    ...{ number, time: secondOf(number), id: String(row.id), credential: String(row.credential) },
    participant: text('participant'),
    ...{ method: String(row.method), path: String(row.path), status: Number(row.status) },
    code: text('code'),
    ms: Number(row.ms),
    ...{ contentType: text('content_type'), location: text('location') },
    request: textIn(row, 'request'),
    answer: textIn(row, 'answer'),
    skipped: row.skipped === null ? undefined : Number(row.skipped),
  })
}

function textIn(row: Row, name: 'request' | 'answer'): LoggedBody | undefined {
  const bytes = row[`${name}_bytes`]
  if (bytes === null) return undefined
  const [text, note] = [row[name], row[`${name}_note`]]
  return {
    bytes: Number(bytes),
    ...(typeof text === 'string' ? { text } : {}),
    ...(typeof note === 'string' ? { note: note as NonNullable<LoggedBody['note']> } : {}),
  }
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Without the members that are undefined. */
function given<T extends object>(whole: T): Given<T> {
  const members = Object.entries(whole).filter(([, value]) => value !== undefined)
  return Object.fromEntries(members) as Given<T>
}
