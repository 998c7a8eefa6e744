import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import { type Static, Type } from 'typebox'
import type { UsageFilter, UsageRow } from '../../../metering/usage.ts'
import { type Caller, secured } from '../../access/access.ts'
import { hasCredentials } from '../../access/authenticate.ts'
import { isLocal } from '../../access/own-host.ts'
import { decodeKeyCursor, encodeKeyCursor } from '../../cursor.ts'
import { ServiceParams } from '../../events/event-schemas.ts'
import type { RequirePublisher } from '../../publisher-routes.ts'
import type { ServedLedger } from '../../served-ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import { Name, next, pageLimit, pageQuery } from './object-list.ts'
import type { RestDeps } from './rest-door.ts'
import { LedgerParams } from './schemas.ts'

const Day = (description: string) =>
  Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', description })

const UsageFilters = Type.Object(
  {
    service: Type.Optional(Name('Of a credential: its own, also where it is not said.')),
    credential: Type.Optional(Name('Of a credential: itself, also where it is not said.')),
    from: Type.Optional(Day('First day, such as 2026-11-25, in UTC by block time.')),
    to: Type.Optional(Day('Day after the last one.')),
    ...pageQuery,
  },
  { additionalProperties: false },
)
type UsageFilters = Static<typeof UsageFilters>
/** Of one service: its name is in the path. */
const OfService = Type.Omit(UsageFilters, ['service'], { additionalProperties: false })

const UsagePage = Type.Object({
  usage: Type.Array(
    Type.Object({
      service: Type.String(),
      credential: Type.String({ description: 'Or the member that signed by itself.' }),
      day: Day('By block time, in UTC.'),
      entries: Type.Integer({ description: 'Records in the log; repeats are none.' }),
      bytes: Type.Integer({ description: 'Of these records, as they are registered.' }),
    }),
  ),
  calls: Type.Optional(
    Type.Array(
      Type.Object({
        service: Type.String(),
        credential: Type.String(),
        calls: Type.Integer({ description: 'Of JSON-RPC, and of contracts.' }),
        cost: Type.Integer({ description: 'Of these calls, as limits count them.' }),
        transactions: Type.Integer({
          description: 'That were passed to the chain, less repeats and what was refused.',
        }),
      }),
      {
        description:
          'With the first page: calls of chains through this gateway in the days asked for.',
      },
    ),
  ),
  next,
  proven: Type.Literal(false, { description: 'Whoever wants proof adds up the log.' }),
  position: Type.Integer({ description: 'Entries of the log that are counted.' }),
})

/** GET /usage: what was written, by service, credential and day. */
export const usageRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const { ledgers, access, options, rpcUsage } = deps
  const schema = {
    ...secured,
    operationId: 'listUsage',
    tags: ['usage'],
    summary: 'Counts records by service, credential and day. Not proven.',
    description: 'For a credential its own; for the machine that the gateway runs on, all.',
    params: LedgerParams,
    querystring: UsageFilters,
    response: { 200: UsagePage, ...problemResponses },
  }
  app.get('/ledgers/:ledger/usage', { schema }, async (request, reply) => {
    const served = ledgers.get(request.params.ledger)
    const isAsked = hasCredentials(request) || !isLocal(request, options.names)
    const caller = isAsked ? access.identify(request, reply, served) : undefined
    const query = caller ? ofCaller(caller, request.query) : request.query
    return answer(served, query, rpcUsage)
  })
}

type PublisherDeps = Pick<RestDeps, 'ledgers' | 'rpcUsage'> & {
  readonly requirePublisher: RequirePublisher
}

/** GET …/services/{service}/usage: the same of one service, for whoever published it. */
export const publisherUsageRoute: FastifyPluginAsyncTypebox<PublisherDeps> = async (app, deps) => {
  const { ledgers, rpcUsage, requirePublisher } = deps
  const schema = {
    operationId: 'getServiceUsage',
    tags: ['usage'],
    summary: 'Counts records of a service by credential and day. Not proven.',
    params: ServiceParams,
    querystring: OfService,
    response: { 200: UsagePage, ...problemResponses },
  }
  app.get('/ledgers/:ledger/services/:service/usage', { schema }, async (request, reply) => {
    await requirePublisher(request, reply, 'read')
    const { ledger, service } = request.params
    return answer(ledgers.get(ledger), { ...request.query, service }, rpcUsage)
  })
}

async function answer(
  served: ServedLedger,
  query: UsageFilters,
  rpcUsage: RestDeps['rpcUsage'],
): Promise<Static<typeof UsagePage>> {
  const found = await page(served, query)
  if (query.cursor !== undefined) return found
  const calls = rpcUsage.sums(served.ledger.id, rangeOf(query))
  return calls.length === 0 ? found : { ...found, calls: [...calls] }
}

async function page(served: ServedLedger, query: UsageFilters): Promise<Static<typeof UsagePage>> {
  const { cursor, limit, ...filters } = query
  const size = pageLimit(limit)
  const scope = { ...filters, ledger: served.ledger.id, list: 'usage' }
  const after = cursor === undefined ? {} : { after: placeOf(decodeKeyCursor(cursor, scope)) }
  // One more than a page tells whether there is another page.
  const { rows, position } = await served.usage.list({
    ...rangeOf(filters),
    ...after,
    limit: size + 1,
  })
  const shown = rows.slice(0, size)
  const last = rows.length > size ? shown.at(-1) : undefined
  const link = last ? { next: encodeKeyCursor(keyOf(last), scope) } : {}
  const usage = shown.map((row) => ({ ...row, day: dateOf(row.day) }))
  return { usage, ...link, proven: false, position }
}

function rangeOf({ service, credential, from, to }: UsageFilters): Omit<UsageFilter, 'limit'> {
  return {
    ...(service === undefined ? {} : { service }),
    ...(credential === undefined ? {} : { credential }),
    fromDay: from === undefined ? 0 : dayOf(from, 'from'),
    toDay: to === undefined ? Number.MAX_SAFE_INTEGER : dayOf(to, 'to'),
  }
}

/** A credential asks for itself alone. @throws CREDENTIAL_SERVICE_MISMATCH, NOT_ALLOWED */
function ofCaller({ service, credential }: Caller, given: UsageFilters): UsageFilters {
  if (given.service !== undefined && given.service !== service) {
    const message = 'The credential is of another service than the one asked for.'
    throw new CodedError('CREDENTIAL_SERVICE_MISMATCH', message)
  }
  if (given.credential !== undefined && given.credential !== credential) {
    throw new CodedError('NOT_ALLOWED', 'A credential is told of its own usage alone.')
  }
  return { ...given, service, credential }
}

const dayMs = 86_400_000
const dateOf = (day: number) => new Date(day * dayMs).toISOString().slice(0, 10)

function dayOf(text: string, field: string): number {
  const day = Date.parse(`${text}T00:00:00Z`) / dayMs
  if (Number.isSafeInteger(day) && dateOf(day) === text) return day
  throw new CodedError('REQUEST_INVALID', `querystring/${field}: is no day.`)
}

type Place = Pick<UsageRow, 'service' | 'day' | 'credential'>

const keyOf = ({ service, day, credential }: Place) => JSON.stringify([service, day, credential])

/** Whoever makes up a cursor is told so. @throws CURSOR_INVALID */
function placeOf(key: string): Place {
  const [, service, day, credential] = /^\["([^"\\]*)",(\d{1,9}),"([^"\\]*)"\]$/.exec(key) ?? []
  if (service !== undefined && credential !== undefined) {
    return { service, day: Number(day), credential }
  }
  throw new CodedError('CURSOR_INVALID', 'The cursor is not one of ours.')
}
