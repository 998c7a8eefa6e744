import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import { WebSocketServer } from 'ws'
import { secured } from '../access/access.ts'
import { problemResponses } from '../doors/problem-responses.ts'
import { wholeNumber } from '../doors/rest/schemas.ts'
import { acceptSocket, upgradeOf } from '../upgrades.ts'
import { filterOf, positionOf, ServiceParams, SocketQuery } from './event-schemas.ts'
import { type EventRouteDeps, takeName } from './events-route.ts'
import { runSocket } from './socket-stream.ts'

/** Acknowledgements are short. */
const messageBytesMax = 1024
const windowDefault = 256

const description =
  'Messages to the client: {"type":"event","position",…,"event":CloudEvents 1.0} and ' +
  '{"type":"behind","position","head"}. The client acknowledges all up to a position by ' +
  '{"ack":position}; at most `window` events are on the way unacknowledged. With `consumer` the ' +
  'acknowledged position is kept and `from` counts only for a name that is new; the newest ' +
  'connection has the name; …/events/consumers lists and deletes them. The reason of a close ' +
  'is a code.'

/** GET …/services/{service}/events/socket: the stream as a WebSocket, with acknowledgements. */
export const socketRoute: FastifyPluginAsyncTypebox<EventRouteDeps> = async (app, deps) => {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: messageBytesMax,
    perMessageDeflate: false, // Memory for each connection, and a way to ask for much of it.
  })
  const schema = {
    operationId: 'openEventSocket',
    ...secured,
    tags: ['events'],
    summary: "A service's events as a WebSocket (RFC 6455), with acknowledgements.",
    description,
    params: ServiceParams,
    querystring: SocketQuery,
    response: { 101: { description: 'The connection is a WebSocket now.' }, ...problemResponses },
  }
  const config = { isStream: true }
  const url = '/ledgers/:ledger/services/:service/events/socket'
  app.get(url, { schema, config }, (request, reply) => {
    const { params, query } = request
    const served = deps.ledgers.get(params.ledger)
    const { service } = params
    const caller = deps.access.require(request, reply, { served, service, scope: 'events:read' })
    const window = windowOf(query, deps.options.streamWindowMax)
    const feed = deps.feedOf(served, service)
    const asked = positionOf(query) ?? feed.head(service)
    const stream = deps.streams.open(served, caller)
    const ledger = served.ledger.id
    try {
      const upgrade = upgradeOf(request, reply)
      const owner = { ledger, service, credential: caller.credential }
      const consumer = takeName(query, { ...deps, stream, owner, asked })
      const from = consumer?.position ?? asked
      const beatsMax = Math.ceil(deps.options.streamStallMs / deps.options.streamHeartbeatMs)
      const options = { ...deps.options, ledger, service, from, window, beatsMax }
      reply.hijack()
      reply.logOpened(101)
      acceptSocket(server, { request, reply, upgrade }, (socket) => {
        const parts = { socket, connection: upgrade.socket, feed, stream, consumer }
        return runSocket({ ...options, filter: filterOf(query) }, parts)
      }).catch((err) => {
        stream.close()
        consumer?.release()
        upgrade.socket.destroy()
        deps.logger.error({ event: 'stream.failed', request_id: request.id, err }, 'stream failed')
      })
    } catch (error) {
      stream.close()
      throw error
    }
  })
}

function windowOf({ window }: SocketQuery, max: number): number {
  const value = window === undefined ? windowDefault : wholeNumber(window, 'querystring/window')
  if (value >= 1 && value <= max) return value
  throw new CodedError('REQUEST_INVALID', `querystring/window: must be 1 to ${max}.`)
}
