import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { secured } from '../access/access.ts'
import { problemResponses } from '../doors/problem-responses.ts'
import { PageQuery, pageOf } from '../doors/rest/object-list.ts'
import type { ConsumerState } from './consumers.ts'
import {
  Acknowledgement,
  ConsumerAnswer,
  ConsumerList,
  ConsumerParams,
  ServiceParams,
} from './event-schemas.ts'
import type { EventRouteDeps } from './events-route.ts'

export type ConsumerRouteDeps = Pick<EventRouteDeps, 'ledgers' | 'access' | 'feedOf' | 'consumers'>

const base = '/ledgers/:ledger/services/:service/events/consumers'

/** Below …/services/{service}/events/consumers: names whose positions are kept. */
export const consumerRoutes: FastifyPluginAsyncTypebox<ConsumerRouteDeps> = async (app, deps) => {
  const listing = {
    operationId: 'listConsumers',
    ...secured,
    tags: ['events'],
    summary: "The credential's named consumers of a service, and where each stands.",
    params: ServiceParams,
    querystring: PageQuery,
    response: { 200: ConsumerList, ...problemResponses },
  }
  app.get(base, { schema: listing }, (request, reply) => {
    const { served, owner } = asking(request, reply, deps)
    const head = deps.feedOf(served, owner.service).head(owner.service)
    const scope = { ...owner, list: 'consumers' }
    const own = deps.consumers.list(owner)
    const { items, ...rest } = pageOf(own, ({ name }) => name, request.query, scope)
    return { consumers: items.map((one) => shown(one, head)), ...rest }
  })
  const acknowledging = {
    operationId: 'acknowledgeEvents',
    ...secured,
    tags: ['events'],
    summary: 'Says that everything before a position is dealt with, in the name of a consumer.',
    description:
      'The next stream of that name at this gateway goes on there. A position before the ' +
      'present one changes nothing, one beyond the head counts as the head; a name that is new ' +
      'begins at the position.',
    params: ConsumerParams,
    body: Acknowledgement,
    response: { 200: ConsumerAnswer, ...problemResponses },
  }
  app.put(`${base}/:consumer`, { schema: acknowledging }, (request, reply) => {
    const { served, owner } = asking(request, reply, deps)
    const head = deps.feedOf(served, owner.service).head(owner.service)
    const position = Math.min(request.body.position, head)
    const id = { ...owner, name: request.params.consumer }
    return shown(deps.consumers.acknowledge(id, position), head)
  })
  const removing = {
    operationId: 'deleteConsumer',
    ...secured,
    tags: ['events'],
    summary: 'Forgets a named consumer and its position; a stream that has the name is ended.',
    params: ConsumerParams,
    response: { 204: { type: 'null', description: 'It is gone.' }, ...problemResponses },
  } as const
  app.delete(`${base}/:consumer`, { schema: removing }, (request, reply) => {
    const { owner } = asking(request, reply, deps)
    if (deps.consumers.remove({ ...owner, name: request.params.consumer })) {
      return reply.code(204).send(null)
    }
    const message = 'This credential has no consumer of that name.'
    throw new CodedError('CONSUMER_NOT_FOUND', message)
  })
}

const shown = ({ name, position, isConnected }: ConsumerState, head: number) => {
  return { name, position, head, connected: isConnected }
}

type Asked = FastifyRequest<{ Params: { ledger: string; service: string } }>

/** Whose consumers are asked for. @throws as `Access` */
function asking(request: Asked, reply: FastifyReply, { ledgers, access }: ConsumerRouteDeps) {
  const served = ledgers.get(request.params.ledger)
  const { service } = request.params
  const { credential } = access.require(request, reply, { served, service, scope: 'events:read' })
  return { served, owner: { ledger: served.ledger.id, service, credential } }
}
