import { CodedError } from '@openbsn/sdk'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { parseJson } from '../kernel/json.ts'
import { type Accounts, createAccounts } from './auth/accounts.ts'
import { createMembers } from './members.ts'
import { createOpenapiPrinter } from './openapi.ts'
import type { PortalDeps, PortalOptions, PublisherRoutes } from './portal-deps.ts'
import { answerProblem } from './problems.ts'
import { createRequirePublisher } from './require-publisher.ts'
import { actRoutes, ownRoutes } from './routes/act-routes.ts'
import { invitationRoutes } from './routes/invitation-routes.ts'
import { meRoutes } from './routes/me-routes.ts'
import { oidcRoutes } from './routes/oidc-routes.ts'
import { organisationRoutes } from './routes/organisation-routes.ts'
import { passkeyRoutes } from './routes/passkey-routes.ts'
import { portalRoute } from './routes/portal-route.ts'
import type { RouteDeps } from './routes/route-deps.ts'
import { setupRoutes } from './routes/setup-routes.ts'
import { signInRoutes } from './routes/sign-in-routes.ts'
import { stepUpRoutes } from './routes/step-up-routes.ts'
import { totpRoutes } from './routes/totp-routes.ts'
import { createSessions, type Sessions } from './session.ts'
import { newSetupToken } from './setup-link.ts'
import { createSignInLimits } from './sign-in-limits.ts'
import { createUsedCodes } from './used-codes.ts'

/** The API of accounts: the control plane for people. Gateways decide without it. */
export interface PortalApi {
  /**
   * Its routes, for the gateway's application, below `/portal/v1`: its own, and with them what the
   * gateway has for those who published a service.
   */
  readonly routes: (publishers: PublisherRoutes) => FastifyPluginAsync
  /**
   * Token of a new setup link; undefined where there is an account.
   * @throws PORTAL_UNAVAILABLE, STORE_NEWER
   */
  newSetupToken(): Promise<string | undefined>
  close(): Promise<void>
}

/** Opens nothing before it is needed. */
export function createPortalApi(options: PortalOptions, deps: PortalDeps): PortalApi {
  const accounts = createAccounts(options, {
    keys: deps.keys,
    onError: (message, err) => deps.log.error({ event: 'portal.failed', err }, message),
  })
  return {
    routes: (publishers) => portalRoutes(options, { ...deps, publishers }, accounts),
    newSetupToken: () => newSetupToken(options, deps),
    close: () => accounts.close(),
  }
}

/** A body is at most the fields of one act: lists of keys. */
const bodyBytesMax = 256 * 1024
const valuesMax = 10_000

function portalRoutes(
  options: PortalOptions,
  { publishers, ...deps }: PortalDeps & { readonly publishers: PublisherRoutes },
  accounts: Accounts,
): FastifyPluginAsync {
  const { clock, originOf } = deps
  const sessions = createSessions({ accounts, clock, originOf })
  const { needsSecondFactor } = options
  const members = createMembers({ accounts, sessions, needsSecondFactor })
  const limits = createSignInLimits({ clock })
  const usedCodes = createUsedCodes({ clock })
  const inside: RouteDeps = { ...deps, options, accounts, sessions, members, limits, usedCodes }
  const all = [portalRoute, setupRoutes, signInRoutes, stepUpRoutes, meRoutes, totpRoutes]
  all.push(passkeyRoutes, organisationRoutes, invitationRoutes, actRoutes, ownRoutes, oidcRoutes)
  return async (app) => {
    const openapi = createOpenapiPrinter(options.version)
    app.addHook('onRoute', (route) => {
      openapi.add(route)
      route.bodyLimit = bodyBytesMax
      // It has a document of its own.
      route.schema = { ...route.schema, hide: true }
    })
    addHooks(app, inside)
    const prefix = '/portal/v1'
    for (const routes of all) await app.register(routes, { ...inside, prefix })
    const requirePublisher = createRequirePublisher(inside)
    const ofOne = { prefix: `${prefix}/organisations/:organisation`, requirePublisher }
    await app.register(publishers, ofOne)
    const document = JSON.stringify(openapi.print())
    const schema = { operationId: 'getPortalOpenapi', tags: ['accounts'] }
    app.get('/portal/v1/openapi.json', { schema }, (_request, reply) =>
      reply.type('application/json; charset=utf-8').send(document),
    )
  }
}

function addHooks(app: FastifyInstance, { sessions }: RouteDeps): void {
  app.setErrorHandler((error, _request, reply) => answerProblem(error, reply))
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (_, body, done) => {
    done(null, parseJson(body, { valuesMax }))
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    requireOwnPage(request, sessions)
  })
}

const reading = new Set(['GET', 'HEAD'])

/**
 * Changes are asked for by pages of this portal alone: browsers say in Origin where a request comes
 * from, and no page can write that itself. What says nothing is no browser of today, and is refused
 * too: programs say it.
 * @throws ORIGIN_REFUSED
 */
function requireOwnPage(request: FastifyRequest, sessions: Sessions): void {
  const own = sessions.originOf(request)
  if (reading.has(request.method)) return
  const { origin, 'sec-fetch-site': site = 'same-origin' } = request.headers
  if (origin === own && site === 'same-origin') return
  throw new CodedError('ORIGIN_REFUSED', 'The request does not come from a page of this portal.')
}
