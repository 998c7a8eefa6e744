import { isCodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '../../logger.ts'
import { trailProblem } from '../../request-log/request-trail.ts'

/** What clients of such gateways know: a status, and a JSON object with one text. */
export type PlainReply = {
  readonly status: number
  readonly message: string
  /** When to try again, where that is not soon. */
  readonly waitSeconds?: number
}

export const plainReplies = {
  unknownKey: { status: 401, message: 'UNAUTHORIZED: please check the project config' },
  deadKey: { status: 401, message: 'UNAUTHORIZED: accessKey is deactivated' },
  overLimit: { status: 429, message: 'Reaches the request limit' },
  noRoute: { status: 404, message: 'no Route matched with those values' },
  tooLarge: { status: 413, message: 'Request size limit exceeded' },
  wrongType: { status: 415, message: 'Unsupported media type' },
  unreadable: { status: 400, message: 'Bad request' },
  failed: { status: 502, message: 'Gateway error' },
  away: { status: 503, message: 'Gateway temporarily unavailable' },
} as const satisfies Record<string, PlainReply>

const retryAfterSeconds = 1

export function sendPlain(reply: FastifyReply, plain: PlainReply): FastifyReply {
  const { status, message, waitSeconds = retryAfterSeconds } = plain
  if (status === 429 || status === 503) reply.header('retry-after', waitSeconds)
  reply.code(status).header('cache-control', 'no-store').header('content-type', 'application/json')
  return reply.send(Buffer.from(JSON.stringify({ message })))
}

/** Codes of ours, and of the web framework, in the words of this door. */
const told: Readonly<Record<string, PlainReply>> = {
  CREDENTIAL_UNKNOWN: plainReplies.unknownKey,
  RATE_LIMITED: plainReplies.overLimit,
  STREAMS_TOO_MANY: plainReplies.overLimit,
  GATEWAY_DRAINING: plainReplies.away,
  UPGRADE_REQUIRED: { status: 426, message: 'Upgrade Required' },
  FST_ERR_CTP_BODY_TOO_LARGE: plainReplies.tooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: plainReplies.wrongType,
}

/** Every failure of this door as a plain reply; what nobody foresaw is for the log alone. */
export function createPlainErrors({ logger }: { readonly logger: Logger }) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const code = isCoded(error) ? error.code : ''
    if (isCodedError(error)) trailProblem(request, code)
    const known = Object.hasOwn(told, code) ? told[code] : undefined
    if (known) return sendPlain(reply, known)
    const isTheirs = isCodedError(error) || code.startsWith('FST_ERR_') || code === 'ECONNRESET'
    if (isTheirs) return sendPlain(reply, plainReplies.unreadable)
    const fields = { request_id: request.id, route: request.routeOptions.url ?? 'none' }
    logger.error({ ...fields, event: 'request.failed', err: error }, 'request failed')
    return sendPlain(reply, plainReplies.failed)
  }
}

function isCoded(error: unknown): error is { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}
