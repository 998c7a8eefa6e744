import { CodedError } from '@openbsn/sdk'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { GatewayOptions } from '../options.ts'
import { hasCredentials } from './authenticate.ts'
import type { Strangers } from './strangers.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It finds out who calls in a way of its own, and counts for whoever it is. */
    readonly countsCallers?: boolean
  }
}

/** An API key as it would stand in a URL; also as a part of something longer. */
const keyInUrl = /(?:live|test)_[A-Za-z0-9_-]{43}/

/** What every request goes through before any route: keys in URLs, origins, limits of strangers. */
export function addAccessHooks(
  app: FastifyInstance,
  { corsOrigins }: Pick<GatewayOptions, 'corsOrigins'>,
  { strangers }: { readonly strangers: Strangers },
): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (corsOrigins.length > 0) allowOrigin(request, reply, corsOrigins)
    const { schema, config } = request.routeOptions
    const { security } = (schema ?? {}) as { security?: unknown }
    // A route with `security` asks who calls, and counts for whoever it is.
    if (security !== undefined) requireName(request, strangers)
    else if (!config.countsCallers) strangers.take(request)
    requireNoKey(request)
    if (!reply.hasHeader('access-control-allow-methods')) return done()
    reply.code(204).send()
  })
}

const reading = new Set(['GET', 'HEAD'])

/** Where only credentials write, nobody's body is read who names none. */
function requireName(request: FastifyRequest, strangers: Strangers): void {
  if (reading.has(request.method) || hasCredentials(request)) return
  strangers.take(request)
  throw new CodedError('AUTHENTICATION_REQUIRED', 'This is for credentials alone.')
}

function requireNoKey({ raw: { url = '' } }: FastifyRequest): void {
  const query = url.indexOf('?')
  if (query < 0 || !keyInUrl.test(url.slice(query))) return
  const message = 'An API key never goes into a URL. Rotate it: it may be in a log by now.'
  throw new CodedError('CREDENTIAL_IN_URL', message)
}

const headersAllowed = [
  ...['authorization', 'content-type', 'content-digest', 'idempotency-key'],
  ...['signature', 'signature-input', 'x-api-key', 'x-api-chain-type'],
].join(', ')
const headersShown = [
  ...['location', 'retry-after', 'x-request-id'],
  ...['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'],
  ...['x-ratelimit-limit-second', 'x-ratelimit-remaining-second'],
  ...['x-ratelimit-limit-day', 'x-ratelimit-remaining-day'],
  ...['x-bsn-ledger', 'x-bsn-environment', 'x-bsn-block', 'x-bsn-chain', 'x-bsn-durability'],
].join(', ')

/** Answers an origin by its own name, never by `*`; never with the browser's own credentials. */
function allowOrigin(
  { headers, method }: FastifyRequest,
  reply: FastifyReply,
  origins: readonly string[],
): void {
  reply.header('vary', 'origin')
  const { origin } = headers
  if (origin === undefined || !origins.includes(origin)) return
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-expose-headers', headersShown)
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return
  reply.header('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
  reply.header('access-control-allow-headers', headersAllowed)
  reply.header('access-control-max-age', 600)
}
