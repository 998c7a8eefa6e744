import type { RequestLogFilter } from '@openbsn/sdk'
import type { LogSearch } from '../../../app/search-params.ts'

const spans: Readonly<Record<NonNullable<LogSearch['within']>, number>> = {
  '15m': 900,
  '1h': 3600,
  '24h': 86_400,
}

/** What the URL says, as the log is asked; `nowSeconds` is when the page was asked for it. */
export function filterOf(
  { within, request: _, ...search }: LogSearch,
  nowSeconds: number,
): RequestLogFilter {
  const from = within === undefined ? {} : { from: nowSeconds - spans[within] }
  const said = Object.entries(search).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(said), ...from }
}

/** A path without what is the same for all of a service. */
export function shortPath(path: string): string {
  return path.replace(/^\/api\/v1\/ledgers\/[^/]+(?:\/services\/[^/?]+)?(?=[/?])/, '')
}
