import { CodedError } from '@openbsn/sdk'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { allowNoMoreAnswers, allowsNoMoreAnswers } from './client-error.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

/** Version 00 of W3C Trace Context. */
const traceparent = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer goes on for as long as the client wants. */
    readonly isStream?: boolean
  }
}

type HookOptions = { readonly slowRequestMs: number }
type HookDeps = { readonly logger: Logger; readonly metrics: Metrics }

/** What happens around every request: its id, refusal of packed bodies, its measure, its log. */
export function addRequestHooks(
  app: FastifyInstance,
  { slowRequestMs }: HookOptions,
  { logger, metrics }: HookDeps,
): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    const refusal =
      refusedRest(request) ??
      refusedVersion(request) ??
      refusedHost(request) ??
      refusedEncoding(request)
    // Where such a request ends is a matter of opinion, so nothing after it can be another one.
    if (refusal) {
      reply.header('connection', 'close')
      allowNoMoreAnswers(request.raw.socket)
    }
    done(refusal)
  })
  app.addHook('onResponse', (request, reply, done) => {
    const durationMs = reply.elapsedTime
    const route = request.routeOptions.url ?? 'none'
    const status = reply.statusCode
    // As OpenTelemetry has it: what a client did wrong is no error of a server.
    const errorType = status >= 500 ? (request.trail?.code ?? String(status)) : undefined
    const seconds = durationMs / 1000
    metrics.httpRequest({ method: request.method, route, status, errorType, seconds })
    const isSlow = durationMs > slowRequestMs && !request.routeOptions.config.isStream
    if (status >= 500 || isSlow) {
      const what = status >= 500 ? 'request failed' : 'request was slow'
      logger.warn(describe(request, reply, durationMs), what)
    } else if (logger.isDebug()) {
      logger.debug(describe(request, reply, durationMs), 'request')
    }
    done()
  })
}

function describe(request: FastifyRequest, reply: FastifyReply, durationMs: number) {
  const [, traceId] = traceparent.exec(String(request.headers.traceparent ?? '')) ?? []
  return {
    event: 'request.done',
    request_id: request.id,
    ...(traceId === undefined ? {} : { trace_id: traceId }),
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    status: reply.statusCode,
    duration_ms: Math.round(durationMs),
  }
}

/** What came in the same packet has been read as a request already, and must not have an effect. */
function refusedRest({ raw: { socket } }: FastifyRequest): CodedError | undefined {
  if (!allowsNoMoreAnswers(socket)) return undefined
  return new CodedError('REQUEST_MALFORMED', 'It may be a part of the refused request before it.')
}

/** Node takes a first line without a version for HTTP/0.9, and yet reads headers and a body. */
function refusedVersion({ raw: { httpVersion } }: FastifyRequest): CodedError | undefined {
  if (httpVersion.startsWith('1.')) return undefined
  return new CodedError('REQUEST_MALFORMED', 'The first line names no version of HTTP/1.')
}

/** RFC 9112, section 3.2: without the header nobody knows for whom a request of HTTP/1.1 is. */
function refusedHost({ raw }: FastifyRequest): CodedError | undefined {
  if (raw.headers.host !== undefined || raw.httpVersion === '1.0') return undefined
  return new CodedError('REQUEST_MALFORMED', 'The header Host is missing.')
}

/** A body that unpacks to more than it shows is no use here: signed bytes hardly shrink. */
function refusedEncoding({ headers }: FastifyRequest): CodedError | undefined {
  const content = headers['content-encoding'] ?? 'identity'
  const transfer = headers['transfer-encoding'] ?? 'chunked'
  if (content === 'identity' && transfer === 'chunked') return undefined
  return new CodedError('CONTENT_ENCODING_UNSUPPORTED', 'Send the body as it is, not compressed.')
}
