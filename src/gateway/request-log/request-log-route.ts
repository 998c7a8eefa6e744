import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Access, secured } from '../access/access.ts'
import { namedCredential } from '../access/credential.ts'
import { objectsOf } from '../access/state-objects.ts'
import { problemResponses } from '../doors/problem-responses.ts'
import { ServiceParams } from '../events/event-schemas.ts'
import type { RequirePublisher } from '../publisher-routes.ts'
import type { ServedLedgers } from '../served-ledger.ts'
import { pageOfLog } from './log-page.ts'
import { LogParameters, RequestLogPage } from './log-schemas.ts'
import type { RequestLog } from './request-log.ts'

export type RequestLogRouteDeps = {
  readonly ledgers: ServedLedgers
  readonly access: Access
  readonly log: RequestLog
}

const path = '/ledgers/:ledger/services/:service/request-log'

const kept =
  'Kept are the newest 10,000 requests, for seven days; of those that came within the last ' +
  'second before a crash nothing. API keys, private payloads and secrets of webhooks are never ' +
  'kept.'

const asked = {
  operationId: 'listRequestLog',
  tags: ['requests'],
  summary: 'What was asked at this gateway with credentials of the service, and answered.',
  params: ServiceParams,
  querystring: LogParameters,
  response: { 200: RequestLogPage, ...problemResponses },
}

/** GET /services/{service}/request-log: for credentials. */
export const requestLogRoute: FastifyPluginAsyncTypebox<RequestLogRouteDeps> = async (
  app,
  { ledgers, access, log },
) => {
  const description =
    'Needs the scope log:read. A credential of the publisher is told of all credentials of the ' +
    `service, one of a participant of that participant alone. ${kept}`
  const schema = { ...secured, ...asked, description }
  const config = { requestLog: 'none' } as const
  app.get(path, { schema, config }, (request, reply) => {
    const { ledger, service } = request.params
    const served = ledgers.get(ledger)
    const { credential } = access.require(request, reply, { served, service, scope: 'log:read' })
    const { participant } = namedCredential(objectsOf(served.ledger), credential) ?? {}
    return pageOfLog(log, { ledger, service, participant }, request.query)
  })
}

type PublisherDeps = Pick<RequestLogRouteDeps, 'log'> & {
  readonly requirePublisher: RequirePublisher
}

/** The same, for whoever published the service. */
export const publisherLogRoute: FastifyPluginAsyncTypebox<PublisherDeps> = async (
  app,
  { log, requirePublisher },
) => {
  app.get(path, { schema: { ...asked, description: kept } }, async (request, reply) => {
    await requirePublisher(request, reply, 'read')
    const { ledger, service } = request.params
    return pageOfLog(log, { ledger, service }, request.query)
  })
}
