import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError, type LoggedRequest } from '@openbsn/sdk'
import { Type } from 'typebox'
import type { RouteDeps } from './route-deps.ts'
import { OrganisationParams, problems } from './schemas.ts'

const Text = (maxLength: number) => Type.Optional(Type.String({ minLength: 1, maxLength }))
const Whole = Type.Optional(Type.String({ pattern: '^(0|[1-9][0-9]{0,15})$' }))

const schema = {
  operationId: 'listRequestLogOfService',
  tags: ['services'],
  summary: 'What was asked at this node with credentials of a service, and answered.',
  description:
    'Of services that the organisation published. Parameters and answer are those of ' +
    '`GET …/services/{service}/request-log` of the gateway, which is for credentials.',
  params: Type.Object({
    ...OrganisationParams.properties,
    service: Type.String({ maxLength: 128, description: 'Name of the service.' }),
  }),
  querystring: Type.Object(
    {
      ledger: Type.String({ maxLength: 64, description: 'Id of the ledger.' }),
      status: Type.Optional(Type.String({ pattern: '^[1-5](?:xx|[0-9]{2})$' })),
      method: Type.Optional(Type.String({ pattern: '^[A-Z]{3,7}$' })),
      ...{ code: Text(64), path: Text(512), credential: Text(255), id: Text(64) },
      ...{ from: Whole, to: Whole, after: Whole, limit: Whole, cursor: Text(512) },
    },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object({
      requests: Type.Array(
        Type.Unsafe<LoggedRequest>({ type: 'object', description: 'As the gateway tells it.' }),
      ),
      newest: Type.Integer({ description: 'Say `after` with this to go on from here.' }),
      next: Type.Optional(Type.String({ description: 'Cursor of the next page.' })),
    }),
    ...problems,
  },
}

/** The log of requests, for whoever published the service. */
export const requestLogRoutes: FastifyPluginAsyncTypebox<RouteDeps> = async (app, deps) => {
  const { accounts, members, sessions, requestLog } = deps
  const path = '/organisations/:organisation/services/:service/request-log'
  app.get(path, { schema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { organisation, service } = request.params
    await members.require(session, organisation, 'request-log-read')
    const { ledger, ...question } = request.query
    const { store } = await accounts.open()
    if ((await store.ownerOf(ledger, service)) !== organisation) {
      const message = `The organisation did not publish the service ${service}.`
      throw new CodedError('SERVICE_OF_OTHERS', message)
    }
    const { requests, ...page } = requestLog({ ledger, service }, question)
    return { requests: [...requests], ...page }
  })
}
