import type { ServerOptions } from 'node:http'
import { AjvCompiler } from '@fastify/ajv-compiler'
import swagger from '@fastify/swagger'
import { limits } from '@openbsn/sdk'
import {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyServerOptions,
  fastify,
  LogController,
} from 'fastify'
import { readRoots } from '../alliance/roots-state.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Access } from './access/access.ts'
import { addAccessHooks } from './access/access-hooks.ts'
import { digestBodies } from './access/body-digests.ts'
import { Buckets } from './access/buckets.ts'
import { createAccess } from './access/create-access.ts'
import { Nonces } from './access/nonces.ts'
import { refuseSpent } from './access/refuse-spent.ts'
import { createStrangers, type Strangers } from './access/strangers.ts'
import { boundBodies } from './bound-bodies.ts'
import { answerClientError } from './client-error.ts'
import { bsnDoor } from './doors/bsn/bsn-door.ts'
import { addDrainHook } from './doors/drain-hook.ts'
import { jsonRpcDoor } from './doors/jsonrpc/jsonrpc-door.ts'
import { operationsDoor } from './doors/operations/operations-door.ts'
import { isNavigation, portalDoor, sendPortal } from './doors/portal/portal-door.ts'
import { openPortalFiles, portalFolder } from './doors/portal/portal-files.ts'
import { ProblemSchema } from './doors/problem-schema.ts'
import { publisherContractLogRoute } from './doors/rest/contracts/log-route.ts'
import { publisherPackageRoute } from './doors/rest/contracts/publisher-package-route.ts'
import { type RestDeps, restDoor } from './doors/rest/rest-door.ts'
import { publisherUsageRoute } from './doors/rest/usage-route.ts'
import { scittDoor } from './doors/scitt/scitt-door.ts'
import { createDrain, type Drain } from './drain.ts'
import { createErrorHandler, setNotFound } from './error-handler.ts'
import { createEventServices, type EventDeps, type EventServices } from './event-services.ts'
import { FabricUsers } from './fabric-users/fabric-users.ts'
import { createUserStore } from './fabric-users/user-store.ts'
import { createFrameworkLog } from './framework-log.ts'
import { addLastBlock } from './last-block.ts'
import { addLedgerNames } from './ledger-names.ts'
import { createNodeProbe, mayProbe } from './liveness/node-probe.ts'
import { createNodeWatch, type NodeWatch } from './liveness/node-watch.ts'
import type { Logger } from './logger.ts'
import { createMethodGuard } from './method-guard.ts'
import type { Metrics } from './metrics.ts'
import type { GatewayOptions } from './options.ts'
import type { PublisherRoutes } from './publisher-routes.ts'
import { openapiOptions } from './reference/openapi.ts'
import { addRequestHooks } from './request-hooks.ts'
import { createRequestIds } from './request-id.ts'
import { publisherLastUsedRoute } from './request-log/last-used-route.ts'
import { addLogHooks } from './request-log/log-hooks.ts'
import { createRequestLog } from './request-log/request-log.ts'
import { publisherLogRoute } from './request-log/request-log-route.ts'
import { createRpcUsage, type RpcUsage } from './rpc-usage.ts'
import { createServedLedgers, type ServedLedger } from './served-ledger.ts'
import type { ShownCertificate } from './shown-certificate.ts'
import { oldestTls, type Tls } from './tls-files.ts'
import { isSocketRequest, serveUpgrades } from './upgrades.ts'
import { createAddressPolicy } from './webhooks/address-policy.ts'
import { createWriteBehind } from './write-behind.ts'

export type GatewayDeps = EventDeps & {
  readonly ledgers: readonly ServedLedger[]
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Free bytes where the data folder lies. */
  readonly diskFreeBytes: () => Promise<number>
  /** Limits of credentials, where the ledgers' own admission shares them. */
  readonly buckets?: Buckets
  /** Where nonces of signed requests are kept over a restart; in memory alone where absent. */
  readonly nonceFolder?: string
  /** The certificate that it shows; absent where it speaks plain HTTP. */
  readonly certificate?: ShownCertificate
  /** When the last backup was whole, in seconds since 1970; undefined where none is known. */
  readonly lastBackup?: () => number | undefined
  /** Where the portal's built files are; what was built here where absent. */
  readonly portalFolder?: string
  /**
   * The API of accounts, below `/portal/v1`, with what publishers have of this gateway;
   * absent where the node has none.
   */
  readonly portal?: (publishers: PublisherRoutes) => FastifyPluginAsync
  /** Of the running program. */
  readonly version: string
}

const nowMs = () => performance.now()

/** One for all gateways of a process, so that a schema is compiled once. */
const buildValidator = AjvCompiler()

/** The gateway's web application, without a socket: every route, hook and error answer. */
export async function createGatewayApp(
  options: GatewayOptions & { readonly tls?: Tls | 'pending' },
  deps: GatewayDeps,
  drain: Drain = createDrain(),
): Promise<FastifyInstance> {
  const errorHandler = createErrorHandler(deps)
  const app: FastifyInstance = fastify({
    ...serverOptions(options),
    loggerInstance: createFrameworkLog(deps.logger),
    logController: new LogController({ disableRequestLogging: true }),
    schemaController: { compilersFactory: { buildValidator } },
    genReqId: createRequestIds(deps.clock.nowSeconds()),
    requestIdHeader: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: errorHandler as NonNullable<FastifyServerOptions['frameworkErrors']>,
  })
  app.removeAllContentTypeParsers()
  // Schemas of answers are for the description; a writer generated from each is slow to make.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler(errorHandler)
  const files = openPortalFiles(deps.portalFolder ?? portalFolder())
  setNotFound(app, (request, reply) =>
    isNavigation(request) ? sendPortal(request, reply, files) : undefined,
  )
  const ledgers = createServedLedgers(deps.ledgers)
  addLedgerNames(app, ledgers)
  addRequestHooks(app, options, deps)
  boundBodies(app, options)
  addLastBlock(app, { ledgers, clock: deps.clock })
  const strangers = createStrangers(options, { buckets: new Buckets({ nowMs }) })
  const access = openAccess(app, options, { ...deps, strangers })
  const log = createRequestLog(deps)
  refuseSpent(app, { access, ledgers })
  addLogHooks(app, { log, ledgers, access })
  const methodGuard = createMethodGuard(app)
  await app.register(swagger, openapiOptions(deps.version))
  app.addSchema(ProblemSchema)
  const watch = openWatch(app, options, deps)
  await app.register(operationsDoor, { ...deps, ledgers, drain, options, watch })
  const rpcUsage = openRpcUsage(app, deps)
  const { logger, metrics } = deps
  const users = new FabricUsers({ ...deps, store: createUserStore(deps.database) })
  const shared = { ledgers, metrics, drain, access, options, watch, rpcUsage, logger, log }
  const { clock, node } = deps
  const rest = { ...shared, users, clock, node }
  await app.register(restDoor, rest)
  await app.register(scittDoor, { ledgers, metrics, drain, access })
  await app.register(jsonRpcDoor, { ...deps, ...rest, strangers })
  await app.register(bsnDoor, { ...deps, ...rest, strangers })
  const events = createEventServices(options, { ...deps, ledgers, access, drain })
  const forPublishers = publisherRoutes(events, { ledgers, rpcUsage, log })
  if (deps.portal) await app.register(accountsDoor(deps.portal(forPublishers), drain))
  await app.register(events.routes, { prefix: '/api/v1' })
  app.addHook('onListen', async () => events.start())
  app.addHook('onClose', () => events.close())
  serveUpgrades(app)
  // Node's own answer, 417 without a word, is none that the API describes; RFC 9110 asks for none.
  app.server.on('checkExpectation', (request, response) => app.routing(request, response))
  await app.register(portalDoor, { files })
  methodGuard.guard()
  return app
}

/** What the API of accounts refuses while the gateway stops is told as everywhere. */
const accountsDoor =
  (portal: FastifyPluginAsync, drain: Drain): FastifyPluginAsync =>
  async (app) => {
    addDrainHook(app, { drain })
    await app.register(portal)
  }

/** What publishers have of this gateway. */
const publisherRoutes =
  (events: EventServices, kept: Pick<RestDeps, 'ledgers' | 'rpcUsage' | 'log'>): PublisherRoutes =>
  async (app, { requirePublisher }) => {
    // Who asks is no credential's matter here.
    app.addHook('onRoute', (route) => {
      const { security: _, ...schema } = (route.schema ?? {}) as { security?: unknown }
      route.schema = schema
    })
    await app.register(events.publisherRoutes, { requirePublisher })
    await app.register(publisherUsageRoute, { ...kept, requirePublisher })
    await app.register(publisherLogRoute, { ...kept, requirePublisher })
    await app.register(publisherLastUsedRoute, { ...kept, requirePublisher })
    await app.register(publisherPackageRoute, { ...kept, requirePublisher })
    await app.register(publisherContractLogRoute, { ...kept, requirePublisher })
  }

/** Who may do what, and how often; what strangers may is decided before any route. */
function openAccess(
  app: FastifyInstance,
  options: GatewayOptions,
  { strangers, ...deps }: GatewayDeps & { readonly strangers: Strangers },
): Access {
  const { noncesMax } = options
  const folder = deps.nonceFolder === undefined ? {} : { folder: deps.nonceFolder }
  const kept = { noncesMax, perKeyMax: Math.ceil(noncesMax / 5), ...folder }
  const nonces = new Nonces(kept, deps.clock.nowSeconds())
  addAccessHooks(app, options, { strangers })
  digestBodies(app)
  const buckets = deps.buckets ?? new Buckets({ nowMs })
  return createAccess(options, { clock: deps.clock, buckets, nonces, strangers })
}

/** Each write waits for the disk, and all requests with it. */
const usageDelayMs = 1000

function openRpcUsage(app: FastifyInstance, { database, clock, logger }: GatewayDeps): RpcUsage {
  const onError = (err: unknown) => logger.error({ event: 'store.failed', err }, 'not metered')
  const later = createWriteBehind({ delayMs: usageDelayMs }, { database, onError })
  app.addHook('onClose', async () => later.close())
  return createRpcUsage({ database, later, clock })
}

/** Other nodes are asked while the gateway listens. */
function openWatch(app: FastifyInstance, options: GatewayOptions, deps: GatewayDeps): NodeWatch {
  const { node, clock, lookup } = deps
  const policy = createAddressPolicy(options.webhookAllow)
  const probing = {
    ...{ policy, nowMs: () => performance.now(), ...(lookup ? { lookup } : {}) },
    rootsOf: (id: string) => {
      const served = deps.ledgers.find(({ ledger }) => ledger.id === id)
      return (served && readRoots(served.ledger)?.roots) ?? []
    },
  }
  const watch = createNodeWatch(
    { node, nodeProbeMs: options.nodeProbeMs },
    {
      ledgers: deps.ledgers.map(({ ledger }) => ledger),
      clock,
      probe: createNodeProbe({ timeoutMs: options.nodeProbeTimeoutMs }, probing),
      mayProbe: (gateway) => mayProbe(gateway, policy),
    },
  )
  app.addHook('onListen', async () => watch.start())
  app.addHook('onClose', () => watch.close())
  return watch
}

function serverOptions(options: GatewayOptions & { readonly tls?: Tls | 'pending' }) {
  const http: ServerOptions = {
    headersTimeout: options.headersTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    // Node looks for late requests so often; its own 30 s would let them live on for so long.
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 16 * 1024,
    // A request without one is refused all the same, and in words: Node would say nothing.
    requireHostHeader: false,
    shouldUpgradeCallback: isSocketRequest,
  }
  const secure = options.tls
    ? {
        https: {
          ...http,
          minVersion: oldestTls,
          ...(options.tls === 'pending' ? {} : options.tls),
        },
      }
    : { http }
  return {
    ...(secure as { http: ServerOptions }),
    bodyLimit: options.bodyBytesMax,
    // A record's key, each byte percent-encoded.
    routerOptions: { maxParamLength: 3 * limits.recordKeyBytesMax },
    requestTimeout: options.requestTimeoutMs,
    connectionTimeout: options.idleTimeoutMs,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    return503OnClosing: false,
    // Lenient defaults off: an unknown field is an error, and text is never a number.
    ajv: { customOptions: { removeAdditional: false as const, coerceTypes: false, strict: true } },
  }
}
