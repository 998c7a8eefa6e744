import type { ServerOptions } from 'node:http'
import swagger from '@fastify/swagger'
import { type FastifyInstance, type FastifyServerOptions, fastify, LogController } from 'fastify'
import type { Clock } from '../kernel/clock.ts'
import { answerClientError } from './client-error.ts'
import { docsDoor } from './doors/docs/docs-door.ts'
import { operationsDoor } from './doors/operations/operations-door.ts'
import { ProblemSchema } from './doors/problem-schema.ts'
import { restDoor } from './doors/rest/rest-door.ts'
import { scittDoor } from './doors/scitt/scitt-door.ts'
import type { Drain } from './drain.ts'
import { createErrorHandler, setNotFound } from './error-handler.ts'
import { createFrameworkLog } from './framework-log.ts'
import type { Logger } from './logger.ts'
import { createMethodGuard } from './method-guard.ts'
import type { Metrics } from './metrics.ts'
import type { GatewayOptions } from './options.ts'
import { openapiOptions } from './reference/openapi.ts'
import { addRequestHooks } from './request-hooks.ts'
import { createRequestIds } from './request-id.ts'
import { createServedLedgers, type ServedLedger } from './served-ledger.ts'
import { oldestTls, type Tls } from './tls-files.ts'

export type GatewayDeps = {
  readonly ledgers: readonly ServedLedger[]
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Free bytes where the data folder lies. */
  readonly diskFreeBytes: () => Promise<number>
  /** Of the running program. */
  readonly version: string
}

/** The gateway's web application, without a socket: every route, hook and error answer. */
export async function createGatewayApp(
  options: GatewayOptions & { readonly tls?: Tls },
  deps: GatewayDeps,
  drain: Drain = { isDraining: false },
): Promise<FastifyInstance> {
  const errorHandler = createErrorHandler(deps.logger)
  const app: FastifyInstance = fastify({
    ...serverOptions(options),
    loggerInstance: createFrameworkLog(deps.logger),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: createRequestIds(deps.clock.nowSeconds()),
    requestIdHeader: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: errorHandler as NonNullable<FastifyServerOptions['frameworkErrors']>,
  })
  app.removeAllContentTypeParsers()
  // Schemas of answers are for the description; a writer generated from each is slow to make.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler(errorHandler)
  setNotFound(app)
  addRequestHooks(app, options, deps)
  const methodGuard = createMethodGuard(app)
  await app.register(swagger, openapiOptions(deps.version))
  app.addSchema(ProblemSchema)
  const ledgers = createServedLedgers(deps.ledgers)
  await app.register(operationsDoor, { ...deps, ledgers, drain, options })
  await app.register(restDoor, { ledgers, metrics: deps.metrics, drain })
  await app.register(scittDoor, { ledgers, metrics: deps.metrics, drain })
  await app.register(docsDoor, deps)
  methodGuard.guard()
  return app
}

function serverOptions(options: GatewayOptions & { readonly tls?: Tls }) {
  const http: ServerOptions = {
    headersTimeout: options.headersTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    // Node looks for late requests so often; its own 30 s would let them live on for so long.
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 16 * 1024,
  }
  const secure = options.tls
    ? { https: { ...http, minVersion: oldestTls, ...options.tls } }
    : { http }
  return {
    ...(secure as { http: ServerOptions }),
    bodyLimit: options.bodyBytesMax,
    requestTimeout: options.requestTimeoutMs,
    connectionTimeout: options.idleTimeoutMs,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    return503OnClosing: false,
    // Lenient defaults off: an unknown field is an error, and text is never a number.
    ajv: { customOptions: { removeAdditional: false as const, coerceTypes: false, strict: true } },
  }
}
