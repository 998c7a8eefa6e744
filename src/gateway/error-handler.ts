import { type CodedError, isCodedError } from '@openbsn/sdk'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { gatewayCatalogue } from './catalogue.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import { sendProblem } from './problem.ts'

type Told = {
  readonly code: string
  readonly detail: string
  readonly gateways?: readonly string[]
}

/** Fastify's own refusals in our words. */
const frameworkErrors: Readonly<Record<string, Told>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'BODY_TOO_LARGE',
    detail: 'The body is too large for one request.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'CONTENT_TYPE_UNSUPPORTED',
    detail: 'The content type of the body is not read here.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'REQUEST_MALFORMED',
    detail: 'The body has another length than its header says.',
  },
  FST_ERR_BAD_URL: { code: 'REQUEST_MALFORMED', detail: 'The path is not a correct URL path.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'ROUTE_NOT_FOUND', detail: 'A part of the path is too long.' },
  ECONNRESET: { code: 'REQUEST_MALFORMED', detail: 'The body ends too early.' },
}

type ErrorHandlerDeps = {
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'refused'>
}

/** Turns whatever a route throws into problem details; what nobody foresaw tells nothing. */
export function createErrorHandler({ logger, metrics }: ErrorHandlerDeps) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const told = tellError(error)
    if (told) {
      metrics.refused(told.code)
      return sendProblem(reply, told)
    }
    const fields = { request_id: request.id, route: request.routeOptions.url ?? 'none' }
    logger.error({ ...fields, event: 'request.failed', err: error }, 'request failed')
    return sendProblem(reply, { code: 'INTERNAL', detail: '' })
  }
}

/** An error in our words; undefined for what nobody foresaw, which is for the log alone. */
export function tellError(error: FastifyError): Told | undefined {
  if (isCodedError(error)) return isPublic(error.code) ? toldOf(error) : undefined
  if (error.validation) return told('REQUEST_INVALID', invalidField(error))
  return Object.hasOwn(frameworkErrors, error.code) ? frameworkErrors[error.code] : undefined
}

const told = (code: string, detail: string): Told => ({ code, detail })

function toldOf({ code, message, details }: CodedError): Told {
  const { gateways } = details
  if (typeof gateways !== 'string') return told(code, message)
  return { code, detail: message, gateways: gateways.split(' ').filter(Boolean) }
}

function isPublic(code: string): boolean {
  const row = Object.hasOwn(gatewayCatalogue, code) ? gatewayCatalogue[code] : undefined
  return row !== undefined && row.status !== null
}

/** Which field, and what of it: values are left out, they may be secret or huge. */
function invalidField(error: FastifyError): string {
  const [first] = error.validation ?? []
  const path = `${error.validationContext ?? 'request'}${first?.instancePath ?? ''}`
  const extra = first?.params?.additionalProperty
  if (typeof extra === 'string')
    return `${path}: unknown field ${JSON.stringify(extra.slice(0, 64))}.`
  return `${path}: ${first?.message ?? 'is not valid'}.`
}

/** Answers in place of a problem where it has something to show; undefined where it has not. */
export type PageOf = (
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<FastifyReply> | undefined

/** Paths that nothing is served at: pages for people, by `pageOf`, and for all others a problem. */
export function setNotFound(app: FastifyInstance, pageOf: PageOf = () => undefined): void {
  app.setNotFoundHandler(
    (request, reply) =>
      pageOf(request, reply) ??
      sendProblem(reply, { code: 'ROUTE_NOT_FOUND', detail: 'Nothing is served at this path.' }),
  )
}
