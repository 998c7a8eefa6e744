import type { Static } from 'typebox'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { pageLimit } from '../doors/rest/object-list.ts'
import { wholeNumber } from '../doors/rest/schemas.ts'
import type { LogParameters, RequestLogPage } from './log-schemas.ts'
import type { LogFilter, LogPlace } from './logged-request.ts'
import type { RequestLog } from './request-log.ts'

export type LogQuestion = Static<typeof LogParameters>

/**
 * A page of a request log, by the parameters of a query.
 * @throws CURSOR_INVALID, REQUEST_INVALID
 */
export function pageOfLog(
  log: Pick<RequestLog, 'list'>,
  place: LogPlace,
  question: LogQuestion,
): Static<typeof RequestLogPage> {
  const { cursor, limit: size, after: follow, ...rest } = question
  const limit = pageLimit(size)
  const { ledger, service, participant } = place
  const scope = { ...rest, ledger, service, participant, list: 'requests' }
  const at = cursor === undefined ? undefined : decodeCursor(cursor, scope)
  // The cursor is of what comes before; who follows goes on from `newest`.
  const after = follow === undefined ? undefined : wholeNumber(follow, 'querystring/after')
  const { requests, newest, end } = log.list(place, filterOf(rest), { limit, before: at, after })
  const isMore = end !== undefined && after === undefined
  return {
    requests: [...requests],
    newest,
    ...(isMore ? { next: encodeCursor(end, scope) } : {}),
  }
}

function filterOf({
  status,
  from,
  to,
  ...texts
}: Omit<LogQuestion, 'cursor' | 'limit'>): LogFilter {
  return {
    ...texts,
    status: status === undefined ? undefined : statusRange(status),
    from: from === undefined ? undefined : wholeNumber(from, 'querystring/from'),
    to: to === undefined ? undefined : wholeNumber(to, 'querystring/to'),
  }
}

function statusRange(status: string): { readonly from: number; readonly to: number } {
  if (!status.endsWith('xx')) return { from: Number(status), to: Number(status) }
  const from = Number(status[0]) * 100
  return { from, to: from + 99 }
}
