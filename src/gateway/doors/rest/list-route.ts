import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError, limits, parseStatement } from '@openbsn/sdk'
import { type Static, Type } from 'typebox'
import type { EntryRecord, Ledger } from '../../../ledger/ledger.ts'
import { isForCredentials, requireReader } from '../../access/require-reader.ts'
import { base64url } from '../../base64url.ts'
import { decodeCursor, encodeCursor } from '../../cursor.ts'
import type { EntryFilter } from '../../entry-query.ts'
import { type ServedLedger, sizeOf } from '../../served-ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import type { RestDeps } from './rest-door.ts'
import { EntryPage, LedgerParams, WholeNumber, wholeNumber } from './schemas.ts'

const limitDefault = 100
const limitMax = 1000
/** A page ends early beyond so many bytes of entries: 1000 of 64 KiB would be 64 MB. */
const pageBytesMax = 4 * 1024 * 1024

/** Filters of a service's records; of entries, with `service`. */
export const RecordsQuery = Type.Object(
  {
    key: Type.Optional(Type.String({ minLength: 1, maxLength: limits.recordKeyBytesMax })),
    from: Type.Optional(WholeNumber('Block time from which on, in seconds since 1970.')),
    to: Type.Optional(WholeNumber('Block time up to which, exclusive, in seconds since 1970.')),
    cursor: Type.Optional(Type.String({ maxLength: 64, description: '`next` of a page.' })),
    limit: Type.Optional(WholeNumber(`1 to ${limitMax}; ${limitDefault} where absent.`)),
    order: Type.Optional(Type.Union([Type.Literal('oldest'), Type.Literal('newest')])),
  },
  { additionalProperties: false },
)
const ListQuery = Type.Object(
  {
    service: Type.Optional(Type.String({ minLength: 1, maxLength: limits.nameBytesMax })),
    ...RecordsQuery.properties,
  },
  { additionalProperties: false },
)
type ListQuery = Static<typeof ListQuery>

/** GET /entries: from a projection, page by page. */
export const listRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers, access }) => {
  const schema = {
    operationId: 'listEntries',
    tags: ['entries'],
    summary: 'Lists entries by service, key and time. Not proven; each entry has its receipt.',
    description:
      'Of a service whose readers are its credentials alone, only where `service` names it, and ' +
      'for such a credential. Without `service` those are left out, so that a page can be short.',
    params: LedgerParams,
    querystring: ListQuery,
    response: { 200: EntryPage, ...problemResponses },
  }
  app.get('/ledgers/:ledger/entries', { schema }, async (request, reply) => {
    const { params, query } = request
    const served = ledgers.get(params.ledger)
    const { service } = query
    if (service !== undefined) requireReader(access, request, reply, { served, service })
    return list(served, query)
  })
}

async function list(served: ServedLedger, query: ListQuery): Promise<Static<typeof EntryPage>> {
  const { cursor, limit, ...filters } = query
  if (query.key !== undefined && query.service === undefined) {
    throw new CodedError('REQUEST_INVALID', 'querystring/key: needs service beside it.')
  }
  const size = readLimit(limit)
  const scope = { ...filters, ledger: served.ledger.id }
  const at = cursor === undefined ? undefined : decodeCursor(cursor, scope)
  // One more than a page tells whether there is another page.
  const filter = { ...rangeOf(served, query, at), limit: size + 1 }
  const { indexes, position } = await served.entries.list(filter)
  const entries = readEntries(served, indexes.slice(0, size))
  const next = indexes.length > entries.length ? nextOf(entries, filter.order) : undefined
  const link = next === undefined ? {} : { next: encodeCursor(next, scope) }
  const shown = query.service === undefined ? forAnyone(served.ledger) : () => true
  return { entries: entries.map(listed).filter(shown), ...link, proven: false, position }
}

/** Tells the entries that anyone may read; a page asks the state once for each service. */
function forAnyone(ledger: Ledger): (entry: { readonly service: string }) => boolean {
  const known = new Map<string, boolean>()
  return ({ service }) => {
    const isOpen = known.get(service) ?? !isForCredentials(ledger, service)
    known.set(service, isOpen)
    return isOpen
  }
}

/** @throws REQUEST_INVALID */
export function readLimit(text: string | undefined): number {
  const limit = text === undefined ? limitDefault : wholeNumber(text, 'querystring/limit')
  if (limit >= 1 && limit <= limitMax) return limit
  throw new CodedError('REQUEST_INVALID', `querystring/limit: must be 1 to ${limitMax}.`)
}

/** Which entries a query means: times as places in the log. @throws REQUEST_INVALID */
export function rangeOf({ ledger }: ServedLedger, query: ListQuery, cursor: number | undefined) {
  const { service, key, from, to, order = 'oldest' } = query
  let fromIndex =
    from === undefined ? 0 : ledger.firstIndexAt(wholeNumber(from, 'querystring/from'))
  let toIndex = sizeOf(ledger)
  if (to !== undefined) toIndex = ledger.firstIndexAt(wholeNumber(to, 'querystring/to'))
  if (cursor !== undefined && order === 'oldest') fromIndex = Math.max(fromIndex, cursor)
  if (cursor !== undefined && order === 'newest') toIndex = Math.min(toIndex, cursor)
  const names = {
    ...(service === undefined ? {} : { service }),
    ...(key === undefined ? {} : { key }),
  }
  return { ...names, fromIndex, toIndex, order } satisfies Omit<EntryFilter, 'limit'>
}

function readEntries({ ledger }: ServedLedger, indexes: readonly number[]): EntryRecord[] {
  const entries: EntryRecord[] = []
  let bytes = 0
  for (const index of indexes) {
    const entry = ledger.entry(index)
    if (!entry) break
    bytes += entry.statement.length
    if (bytes > pageBytesMax && entries.length > 0) break
    entries.push(entry)
  }
  return entries
}

/** Lower bound of the next page, or its exclusive upper bound where the newest come first. */
function nextOf(entries: readonly EntryRecord[], order: EntryFilter['order']): number | undefined {
  const last = entries.at(-1)?.index
  if (last === undefined) return undefined
  return order === 'oldest' ? last + 1 : last
}

function listed({ index, height, time, statement }: EntryRecord) {
  const { claims, contentType, payload } = parseStatement(statement)
  const key = claims.key === undefined ? {} : { key: claims.key }
  const place = { index, height, time, service: claims.sub, ...key }
  return { ...place, contentType, issuer: claims.iss, payload: base64url(payload) }
}
