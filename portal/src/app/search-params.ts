/** What a URL says, read strictly: what makes no sense is as if it were not there. */
export type RawSearch = Readonly<Record<string, unknown>>

/** A text of some length; a number is one too, because URLs do not tell. */
export function textParam(search: RawSearch, name: string): string | undefined {
  const value = search[name]
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text !== '' && text.length <= 512 ? text : undefined
}

/** A whole number from 0. */
export function wholeParam(search: RawSearch, name: string): number | undefined {
  const value = Number(textParam(search, name) ?? Number.NaN)
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** One of a few words. */
export function wordParam<T extends string>(
  search: RawSearch,
  name: string,
  words: readonly T[],
): T | undefined {
  return words.find((word) => word === search[name])
}

/** A path of this portal, and never of another origin: `//` and `\\` would lead away. */
export function pathParam(search: RawSearch, name: string): string | undefined {
  const text = textParam(search, name)
  return text !== undefined && /^\/(?![/\\])/.test(text) ? text : undefined
}

/**
 * What a route understands of a URL, as it is. What is undefined stays, because the router lays
 * this over what the URL says: a key that is left out is handed on as it came.
 */
export function everyKey<T extends object>(search: T): { [K in keyof T]?: T[K] | undefined } {
  return search
}

/** How a table is sorted (`-time`) and filtered. */
export function tableSearch(search: RawSearch): {
  sort?: string | undefined
  filter?: string | undefined
} {
  return everyKey({ sort: textParam(search, 'sort'), filter: textParam(search, 'filter') })
}

/** Filters of the log of a service, and the request that is shown. */
export type LogSearch = {
  readonly status?: string | undefined
  readonly method?: string | undefined
  /** A part of the path. */
  readonly path?: string | undefined
  readonly code?: string | undefined
  readonly credential?: string | undefined
  /** Of the request. */
  readonly id?: string | undefined
  readonly within?: (typeof logSpans)[number] | undefined
  /** Its number. */
  readonly request?: number | undefined
}

export function logSearch(search: RawSearch): LogSearch {
  const fits = (name: string, form: RegExp) => {
    const text = textParam(search, name)
    return text !== undefined && form.test(text) ? text : undefined
  }
  return everyKey({
    status: fits('status', /^[1-5](?:xx|\d\d)$/),
    method: fits('method', /^[A-Z]{3,7}$/),
    path: textParam(search, 'path'),
    code: fits('code', /^.{1,64}$/),
    credential: fits('credential', /^.{1,255}$/),
    id: fits('id', /^.{1,64}$/),
    within: wordParam(search, 'within', logSpans),
    request: wholeParam(search, 'request'),
  })
}

export const serviceTabs = [
  'overview',
  'records',
  'contracts',
  'participants',
  'credentials',
  'try',
  'code',
  'webhooks',
  'usage',
  'log',
] as const
export const logSpans = ['15m', '1h', '24h'] as const
export const entryViews = ['fields', 'text', 'hex'] as const
export const orders = ['newest', 'oldest'] as const
export const organisationTabs = ['members', 'acts'] as const
