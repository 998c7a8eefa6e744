import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { erased } from '../../../compliance/private-payloads/private-records.ts'
import type { Framework } from '../../../frameworks/framework.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { secured } from '../../access/access.ts'
import { decodeCursor, encodeCursor } from '../../cursor.ts'
import { requireFramework } from '../../framework-of.ts'
import type { ServedLedger } from '../../served-ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import { RecordsQuery, rangeOf, readLimit } from './list-route.ts'
import { RecordPage, RecordParams, ServiceParams, StoredRecord } from './record-schemas.ts'
import type { RestDeps } from './rest-door.ts'

const base = '/ledgers/:ledger/services/:service/records'
const tags = ['records']
const { key: _, ...PageQuery } = RecordsQuery.properties
const HistoryQuery = Type.Object(PageQuery, { additionalProperties: false })

const schemaOf = (operationId: string, summary: string) => ({
  ...secured,
  operationId,
  tags,
  summary,
})
const page = { 200: RecordPage, ...problemResponses }

type Query = Static<typeof RecordsQuery>
type Place = { readonly ledger: string; readonly service: string }

/** GET /services/{service}/records, …/{key} and …/{key}/history. */
export const readRecordsRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const { ledgers, access } = deps
  function readable(request: FastifyRequest, reply: FastifyReply, { ledger, service }: Place) {
    const served = ledgers.get(ledger)
    return (name: string) => {
      const need = { served, service, scope: 'records:read' } as const
      const caller = access.allow(request, reply, { ...need, function: name })
      const framework = requireFramework(served, service, 'records')
      // Who may read because anyone may sees what the ledger shows, and nothing private.
      const reveal = (caller && served.privateRecords?.reveal) ?? asItIs
      return { served, framework, reveal }
    }
  }

  const listSchema = {
    ...schemaOf('listRecords', 'Lists the records of a service by key and time. Not proven.'),
    params: ServiceParams,
    querystring: RecordsQuery,
    response: page,
  }
  app.get(base, { schema: listSchema }, (request, reply) => {
    const { params, query } = request
    return list(readable(request, reply, params)('list'), 'list', params.service, query)
  })

  const getSchema = {
    ...schemaOf('getRecord', 'The latest record with a key.'),
    params: RecordParams,
    response: { 200: StoredRecord, ...problemResponses },
  }
  app.get(`${base}/:key`, { schema: getSchema }, async (request, reply) => {
    const { service, key } = request.params
    const { framework, reveal } = readable(request, reply, request.params)('get')
    const record = await framework.query(service, { function: 'get', args: { key } })
    if (record !== null) return reply.send(notErased(reveal(record as JsonObject)))
    throw new CodedError('RECORD_NOT_FOUND', 'The service has no record with this key.')
  })

  const historySchema = {
    ...schemaOf('getHistory', 'Every record with a key, by time. Not proven.'),
    params: RecordParams,
    querystring: HistoryQuery,
    response: page,
  }
  app.get(`${base}/:key/history`, { schema: historySchema }, (request, reply) => {
    const { params, query } = request
    const reader = readable(request, reply, params)('history')
    return list(reader, 'history', params.service, { ...query, key: params.key })
  })
}

type Reveal = (record: JsonObject) => JsonObject
type Reader = {
  readonly served: ServedLedger
  readonly framework: Framework
  readonly reveal: Reveal
}

const asItIs: Reveal = (record) => record

/** @throws ERASED */
function notErased(record: JsonObject): JsonObject {
  if (typeof record.erased === 'number') throw erased(record.erased)
  return record
}

async function list(
  { served, framework, reveal }: Reader,
  name: 'list' | 'history',
  service: string,
  query: Query,
): Promise<JsonObject> {
  const { cursor, limit, ...filters } = query
  const scope = { ...filters, ledger: served.ledger.id, service, list: name }
  const at = cursor === undefined ? undefined : decodeCursor(cursor, scope)
  const { fromIndex, toIndex, order } = rangeOf(served, query, at)
  const { key } = filters
  const args = {
    ...(key === undefined ? {} : { key }),
    ...{ from: fromIndex, to: toIndex, order, limit: readLimit(limit) },
  }
  const answer = (await framework.query(service, { function: name, args })) as JsonObject
  const { next, records, ...rest } = answer
  const shown = (records as JsonObject[]).map(reveal)
  const link = typeof next === 'number' ? { next: encodeCursor(next, scope) } : {}
  return { records: shown, ...rest, ...link, proven: false }
}
