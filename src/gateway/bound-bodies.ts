import { CodedError } from '@openbsn/sdk'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { GatewayOptions } from './options.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body goes through, and is never whole in memory. */
    readonly isBodyStreamed?: boolean
  }
}

/** Such bodies always find room: 4096 connections with one each have 256 MiB. */
const smallBytesMax = 64 * 1024

/**
 * Bounds what all larger bodies may hold of memory at one time, from the head of a request to the
 * end of its answer. What it announces counts, and one in chunks for the most that it may have: so
 * a request is refused before its body is read. One is let in whatever its size, if it is alone.
 */
export function boundBodies(
  app: FastifyInstance,
  { bodiesBytesMax }: Pick<GatewayOptions, 'bodiesBytesMax'>,
): void {
  let heldBytes = 0
  app.addHook('onRequest', (request, reply, done) => {
    const bytes = bytesAhead(request)
    if (bytes <= smallBytesMax) return done()
    if (heldBytes > 0 && heldBytes + bytes > bodiesBytesMax) return done(busy())
    heldBytes += bytes
    // Once for each answer, also where the connection broke off before.
    reply.raw.once('close', () => {
      heldBytes -= bytes
    })
    done()
  })
}

function bytesAhead({ headers, routeOptions }: FastifyRequest): number {
  if (routeOptions.config.isBodyStreamed) return 0
  const bytesMax = Number(routeOptions.bodyLimit)
  if (headers['transfer-encoding'] !== undefined) return bytesMax
  const bytes = Number(headers['content-length'] ?? 0)
  // A longer one is refused unread.
  return bytes > bytesMax ? 0 : bytes
}

function busy(): CodedError {
  const message = 'The bodies of other requests have all the memory that there is for them.'
  return new CodedError('GATEWAY_BUSY', message, { retryable: true })
}
