import type { FastifyReply } from 'fastify'
import { gatewayCatalogue } from './catalogue.ts'
import { encodeConciseProblem, wantsConcise } from './concise-problem.ts'
import { gatewayErrors } from './errors.ts'
import { trailProblem } from './request-log/request-trail.ts'

/** Problem details (RFC 9457). `code` is what programs look at. */
export type Problem = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  /** Where to ask instead. */
  readonly gateways?: readonly string[]
  /** The request's id, as in the log and in x-request-id. */
  readonly instance?: string
}

export type ProblemInput = {
  readonly code: string
  readonly detail: string
  readonly gateways?: readonly string[]
  readonly requestId?: string
}

/** The problem of a code; one that is unknown, or has no status, becomes a mute INTERNAL. */
export function problem({ code, detail, gateways, requestId }: ProblemInput): Problem {
  const instance = requestId === undefined ? {} : { instance: requestId }
  const others = gateways === undefined ? {} : { gateways }
  const row = Object.hasOwn(gatewayCatalogue, code) ? gatewayCatalogue[code] : undefined
  if (!row || row.status === null) return { ...internal, ...instance }
  return { ...head(code, row.meaning), status: row.status, detail, code, ...others, ...instance }
}

const internal: Problem = {
  ...head('INTERNAL', gatewayErrors.INTERNAL.meaning),
  status: 500,
  detail: 'Something went wrong here. The request id finds the reason in the log.',
  code: 'INTERNAL',
}

function head(code: string, title: string) {
  return { type: `/docs/errors#${code.toLowerCase()}`, title }
}

/** How long a client waits before it tries again, where a problem passes by itself. */
export const retryAfterSeconds = 1

/** The limit of a day ends with it: its headers say when. All else passes soon. */
function waitSeconds(reply: FastifyReply, code: string): number {
  const reset = code === 'QUOTA_EXCEEDED' ? Number(reply.getHeader('ratelimit-reset')) : 0
  return reset > 0 ? reset : retryAfterSeconds
}

/**
 * Answers with problem details, in CBOR at the SCITT door; a status that invites to try again says
 * when.
 */
export function sendProblem(
  reply: FastifyReply,
  input: Omit<ProblemInput, 'requestId'>,
): FastifyReply {
  const body = problem({ ...input, requestId: reply.request.id })
  trailProblem(reply.request, body.code)
  if (body.status === 503 || body.status === 429) {
    reply.header('retry-after', waitSeconds(reply, body.code))
  }
  if (body.status === 401) reply.header('www-authenticate', 'Bearer realm="openbsn"')
  reply.code(body.status).header('cache-control', 'no-store')
  if (wantsConcise(reply.request.url)) {
    reply.header('content-type', 'application/concise-problem-details+cbor')
    return reply.send(Buffer.from(encodeConciseProblem(body)))
  }
  reply.header('content-type', 'application/problem+json')
  // As bytes: the framework would add a charset, which this type does not have.
  return reply.send(Buffer.from(JSON.stringify(body)))
}
