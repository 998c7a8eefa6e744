import {
  type Client,
  fromBase64url,
  fromUtf8,
  type ListedEntry,
  type ListQuery,
} from '@openbsn/sdk'
import { anything, flag, type JsonSchema, list, object, text, whole } from './json-schema.ts'
import { isoTime } from './values.ts'

/** One record as `--json` prints it; `value` is there where the payload is JSON. */
export const recordSchema: JsonSchema = object({
  index: whole,
  height: whole,
  time: text,
  service: text,
  'key?': text,
  contentType: text,
  issuer: text,
  payload: text,
  'value?': anything,
})

/** Records, where the list goes on, and how far it is proven: not at all, it is a projection. */
export const recordsSchema: JsonSchema = object({
  records: list(recordSchema),
  'next?': text,
  proven: flag,
})

/** The document of `recordSchema`. */
export function recordDocument({ time, ...entry }: ListedEntry): Record<string, unknown> {
  const value = jsonValue(entry)
  return { ...entry, time: isoTime(time), ...(value === undefined ? {} : { value }) }
}

function jsonValue({
  contentType,
  payload,
}: Pick<ListedEntry, 'contentType' | 'payload'>): unknown {
  if (!/^application\/([^;]*\+)?json\b/.test(contentType)) return undefined
  try {
    return JSON.parse(fromUtf8(fromBase64url(payload) ?? new Uint8Array(0)) ?? '')
  } catch {
    return undefined
  }
}

/** The payload as text; undefined where it is no text. */
export function payloadText({ payload }: Pick<ListedEntry, 'payload'>): string | undefined {
  const bytes = fromBase64url(payload)
  return bytes && fromUtf8(bytes)
}

/** What a page of a list holds at most. */
const pageMax = 100

/** Up to `limit` records, page by page. `next` continues the list. */
export async function listRecords(
  client: Pick<Client, 'list'>,
  { limit, ...query }: ListQuery & { readonly limit: number },
): Promise<{ readonly records: readonly ListedEntry[]; readonly next?: string }> {
  const records: ListedEntry[] = []
  let cursor = query.cursor
  do {
    const page = await client.list({
      ...query,
      ...(cursor === undefined ? {} : { cursor }),
      limit: Math.min(pageMax, limit - records.length),
    })
    records.push(...page.entries)
    cursor = page.next
  } while (cursor !== undefined && records.length < limit)
  return cursor === undefined ? { records } : { records, next: cursor }
}

/** Rows for a table of records. */
export const recordHead = ['INDEX', 'TIME', 'KEY', 'PAYLOAD'] as const

/** The cells under `recordHead`. */
export function recordRow(entry: ListedEntry): string[] {
  const shown = payloadText(entry) ?? `${entry.contentType}, not text`
  return [String(entry.index), isoTime(entry.time), entry.key ?? '', shown]
}
