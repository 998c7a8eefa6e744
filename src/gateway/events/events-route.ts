import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Clock } from '../../kernel/clock.ts'
import { type Access, secured } from '../access/access.ts'
import { problemResponses } from '../doors/problem-responses.ts'
import { nameLastBlock } from '../last-block.ts'
import type { Logger } from '../logger.ts'
import type { GatewayOptions } from '../options.ts'
import type { ServedLedger, ServedLedgers } from '../served-ledger.ts'
import type { Consumer, ConsumerOwner, Consumers } from './consumers.ts'
import type { EventFeed } from './event-feed.ts'
import { EventsQuery, filterOf, positionOf, ServiceParams } from './event-schemas.ts'
import { runSse } from './sse-stream.ts'
import type { Stream, Streams } from './streams.ts'

export type EventRouteDeps = {
  readonly ledgers: ServedLedgers
  readonly access: Access
  /** Of a service's framework. @throws SERVICE_UNKNOWN, SERVICE_ELSEWHERE */
  readonly feedOf: (served: ServedLedger, service: string) => EventFeed
  readonly streams: Streams
  readonly consumers: Consumers
  readonly options: GatewayOptions
  readonly logger: Logger
  readonly clock: Clock
}

const description =
  'Every event has `id` (its position), `event` (its type, such as `record`) and `data` ' +
  '(CloudEvents 1.0 as JSON). Resume with Last-Event-ID, or `from` = position + 1. A reader that ' +
  'is slow gets everything in its own time; it is told by `behind` with position and head. ' +
  '`end` tells by its code why a stream ends. With `consumer` the stream goes on where that name ' +
  'was acknowledged by PUT …/events/consumers/{consumer}; `from` and Last-Event-ID count for a ' +
  'name that is new. The newest stream has the name.'

/** GET …/services/{service}/events: server-sent events. */
export const eventsRoute: FastifyPluginAsyncTypebox<EventRouteDeps> = async (app, deps) => {
  const schema = {
    operationId: 'streamEvents',
    ...secured,
    tags: ['events'],
    summary: "A service's events as a stream (server-sent events).",
    description,
    params: ServiceParams,
    querystring: EventsQuery,
    headers: Type.Object({
      'last-event-id': Type.Optional(Type.String({ description: 'Position of the last event.' })),
    }),
    response: {
      200: { description: 'The stream.', content: { 'text/event-stream': { schema: {} } } },
      ...problemResponses,
    },
  }
  const config = { isStream: true }
  app.get('/ledgers/:ledger/services/:service/events', { schema, config }, (request, reply) => {
    const { params, query, headers } = request
    const served = deps.ledgers.get(params.ledger)
    const { service } = params
    const caller = deps.access.require(request, reply, { served, service, scope: 'events:read' })
    const feed = deps.feedOf(served, service)
    const asked = positionOf(query, headers['last-event-id']) ?? feed.head(service)
    const stream = deps.streams.open(served, caller)
    const owner = { ledger: served.ledger.id, service, credential: caller.credential }
    const consumer = takeName(query, { ...deps, stream, owner, asked })
    const from = consumer?.position ?? asked
    nameLastBlock(reply, served, deps.clock)
    reply.hijack()
    reply.logOpened(200)
    const response = reply.raw
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) response.setHeader(name, value)
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no', // A proxy that gathers answers would hold events back.
    })
    const options = { ...deps.options, ledger: served.ledger.id, service, from }
    runSse({ ...options, filter: filterOf(query) }, { response, feed, stream })
      .catch((err) => {
        stream.close()
        response.destroy()
        deps.logger.error({ event: 'stream.failed', request_id: request.id, err }, 'stream failed')
      })
      .finally(() => consumer?.release())
  })
}

type Taking = Pick<EventRouteDeps, 'consumers'> & {
  readonly stream: Stream
  readonly owner: ConsumerOwner
  /** Where a name begins that is new. */
  readonly asked: number
}

/** The name that a query asks for; undefined where it asks for none. @throws CONSUMERS_TOO_MANY */
export function takeName(
  { consumer: name }: EventsQuery,
  { consumers, stream, owner, asked }: Taking,
): Consumer | undefined {
  if (name === undefined) return undefined
  try {
    const onLost = (why: string) => stream.end(why)
    return consumers.take({ ...owner, name }, { from: asked, onLost })
  } catch (error) {
    stream.close()
    throw error
  }
}
