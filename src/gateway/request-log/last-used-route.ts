import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problemResponses } from '../doors/problem-responses.ts'
import { next, PageQuery, pageOf } from '../doors/rest/object-list.ts'
import { ServiceParams } from '../events/event-schemas.ts'
import type { RequirePublisher } from '../publisher-routes.ts'
import type { RequestLog } from './request-log.ts'

export type LastUsedRouteDeps = {
  readonly log: Pick<RequestLog, 'lastUsed'>
  readonly requirePublisher: RequirePublisher
}

const LastUsedPage = Type.Object({
  credentials: Type.Array(
    Type.Object({
      credential: Type.String({ description: 'Its id.' }),
      used: Type.Integer({ description: 'Seconds since 1970, by the clock of the node.' }),
    }),
    { description: 'In the order of their ids; one that is not there was never used here.' },
  ),
  next,
})

/** GET …/services/{service}/last-used: for whoever published the service. */
export const publisherLastUsedRoute: FastifyPluginAsyncTypebox<LastUsedRouteDeps> = async (
  app,
  { log, requirePublisher },
) => {
  const schema = {
    operationId: 'listLastUsed',
    tags: ['requests'],
    summary: 'When each credential of the service was used last at this gateway.',
    description:
      'Also where it was refused: whoever has its key has used it. A crash takes back a minute.',
    params: ServiceParams,
    querystring: PageQuery,
    response: { 200: LastUsedPage, ...problemResponses },
  }
  const path = '/ledgers/:ledger/services/:service/last-used'
  app.get(path, { schema }, async (request, reply) => {
    await requirePublisher(request, reply, 'read')
    const { params, query } = request
    const all = [...log.lastUsed(params)].map(([credential, used]) => ({ credential, used }))
    const scope = { ...params, list: 'last used' }
    const { items, ...rest } = pageOf(all, ({ credential }) => credential, query, scope)
    return { credentials: items, ...rest }
  })
}
