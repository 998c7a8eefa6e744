import { isCodedError } from '@openbsn/sdk'
import type { FastifyReply } from 'fastify'
import { type PortalErrorCode, portalErrors } from './errors.ts'

const isOurs = (code: string): code is PortalErrorCode => Object.hasOwn(portalErrors, code)

/**
 * Answers an error with problem details (RFC 9457) where its code is the portal's. All others are
 * thrown on: the gateway knows those of ledgers, and what nobody foresaw tells nothing.
 */
export function answerProblem(error: unknown, reply: FastifyReply): FastifyReply {
  if (!isCodedError(error) || !isOurs(error.code)) throw error
  const { code, message, details } = error
  const { status, meaning } = portalErrors[code as PortalErrorCode]
  if (status === null) throw error
  const type = `/docs/errors#${code.toLowerCase()}`
  const body = { type, title: meaning, status, detail: message, code, instance: reply.request.id }
  if (status === 429 || status === 503) reply.header('retry-after', details.retryAfter ?? 5)
  return reply
    .code(status)
    .header('content-type', 'application/problem+json')
    .send(Buffer.from(JSON.stringify(body)))
}
