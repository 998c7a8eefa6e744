import { CodedError, fromUtf8, isCodedError, toBase64url } from '@openbsn/sdk'
import { type JsonObject, type JsonValue, parseJson } from '../../kernel/json.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { Call } from '../framework.ts'
import { eventOf } from './record-events.ts'
import { pageBytesMax, type RecordFilter, type RecordLists } from './record-lists.ts'

export type QueryDeps = { readonly ledger: Ledger; readonly lists: RecordLists }

const limitDefault = 100
const limitMax = 1000

type Checks = Readonly<Record<string, (value: JsonValue) => boolean>>

const isText = (value: JsonValue) => typeof value === 'string' && value !== ''
const isIndex = (value: JsonValue) => Number.isSafeInteger(value) && Number(value) >= 0
const page: Checks = {
  from: isIndex,
  to: isIndex,
  order: (value) => value === 'oldest' || value === 'newest',
  limit: (value) => isIndex(value) && Number(value) >= 1 && Number(value) <= limitMax,
}
/** Arguments of each function; of `get` and `history`, the key is required. */
const functions: Readonly<Record<string, Checks>> = {
  get: { key: isText },
  list: { key: isText, ...page },
  history: { key: isText, ...page },
}

/**
 * `get` {key}: the latest record with that key, or null. `list` {key?, from?, to?, order?, limit?}:
 * records from index `from` up to `to`, exclusive, as {records, next?, position}; where there is a
 * `next`, it takes the place of `from`, or of `to` where the newest come first. `history`: the same
 * of one key.
 * @throws FUNCTION_UNKNOWN, ARGUMENT_INVALID, LISTS_BEHIND (retryable)
 */
export async function queryRecords(
  { ledger, lists }: QueryDeps,
  service: string,
  { function: name, args }: Pick<Call, 'function' | 'args'>,
): Promise<JsonValue> {
  checkArgs(name, args)
  const size = ledger.head.firstIndex + ledger.head.count
  const filter: RecordFilter = {
    service,
    ...(typeof args.key === 'string' ? { key: args.key } : {}),
    fromIndex: Number(args.from ?? 0),
    toIndex: Math.min(size, Number(args.to ?? size)),
    order: args.order === 'newest' || name === 'get' ? 'newest' : 'oldest',
    limit: name === 'get' ? 1 : Number(args.limit ?? limitDefault),
  }
  // One more than a page tells whether there is another page.
  const { indexes, position } = await lists.list({ ...filter, limit: filter.limit + 1 })
  const records = readRecords(ledger, indexes.slice(0, filter.limit))
  if (name === 'get') return records[0] ?? null
  const last = indexes[records.length - 1]
  const hasNext = last !== undefined && indexes.length > records.length
  const next = hasNext ? { next: filter.order === 'oldest' ? last + 1 : last } : {}
  return { records, ...next, position }
}

function checkArgs(name: string, args: JsonObject): void {
  const checks = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (!checks) throw new CodedError('FUNCTION_UNKNOWN', 'Records have put, get, list and history.')
  for (const [field, value] of Object.entries(args)) {
    if (Object.hasOwn(checks, field) && checks[field]?.(value)) continue
    throw new CodedError('ARGUMENT_INVALID', `${name}: ${JSON.stringify(field)} is not valid.`)
  }
  if (name === 'list' || args.key !== undefined) return
  throw new CodedError('ARGUMENT_INVALID', `${name}: "key" is required.`)
}

function readRecords(ledger: Ledger, indexes: readonly number[]): JsonObject[] {
  const records: JsonObject[] = []
  let bytes = 0
  for (const index of indexes) {
    const entry = ledger.entry(index)
    if (!entry) break
    bytes += entry.statement.length
    if (bytes > pageBytesMax && records.length > 0) break
    const { place, key, contentType, issuer, payload } = eventOf(ledger.id, entry)
    records.push({
      index,
      height: place.height,
      time: place.time,
      ...(key === undefined ? {} : { key }),
      contentType,
      issuer,
      ...contentOf(contentType, payload),
    })
  }
  return records
}

/** JSON as `value`; what is none, or would not come back as it is, as `payload` in base64url. */
function contentOf(contentType: string, payload: Uint8Array): JsonObject {
  if (/^application\/([^;]*\+)?json\s*(;|$)/i.test(contentType)) {
    const text = fromUtf8(payload)
    try {
      if (text !== undefined) return { value: parseJson(text) }
    } catch (error) {
      if (!isCodedError(error)) throw error
    }
  }
  return { payload: toBase64url(payload) }
}
