import { CodedError, isCodedError } from '@openbsn/sdk'
import type {
  FastifyError,
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
} from 'fastify'
import type { Access } from '../../access/access.ts'
import type { Buckets } from '../../access/buckets.ts'
import { rateLimited } from '../../access/rate-limited.ts'
import type { Strangers } from '../../access/strangers.ts'
import { tellError } from '../../error-handler.ts'
import type { Logger } from '../../logger.ts'
import type { Metrics } from '../../metrics.ts'
import { trailBody, trailCaller, trailProblem } from '../../request-log/request-trail.ts'
import type { RpcUsage } from '../../rpc-usage.ts'
import { nameLedger } from '../../served-ledger.ts'
import { tellTransactions } from '../../tell-transactions.ts'
import { type Application, type ApplicationDeps, findApplication } from './application.ts'
import { checkMac } from './check-mac.ts'
import { appInfoEndpoint, type Endpoint, type EndpointName, endpoints } from './endpoints.ts'
import { readEnvelope } from './envelope.ts'
import { bsnError } from './errors.ts'
import type { GatewayKeys } from './gateway-keys.ts'
import { appInfo, expectedText, type HandlerDeps, handlers } from './handlers.ts'
import type { MacAlgorithm } from './mac.ts'
import { requestTexts } from './mac-text.ts'
import { sendAnswer } from './replies.ts'

export type ClientDeps = HandlerDeps &
  ApplicationDeps & {
    readonly access: Access
    readonly strangers: Strangers
    readonly gatewayKeys: GatewayKeys
    readonly usage: RpcUsage
    readonly logger: Logger
    readonly metrics: Pick<Metrics, 'refused'>
    readonly buckets: Buckets
  }

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of a path for clients of BSN. */
    readonly bsnEndpoint?: Endpoint
  }
}

const base = '/api/fabric/v1'
/** Secrets come with them, or addresses that may have some in them. */
const withSecrets = /^user\/|event\/(?:register|blockRegister|query)$/

/** What clients of BSN call: always POST, always answered with status 200. */
export const clientRoutes: FastifyPluginAsync<ClientDeps> = async (app, deps) => {
  app.removeAllContentTypeParsers()
  // Some send no type, and none means anything by it.
  app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, body, done) =>
    done(null, trailBody(request, body)),
  )
  const door = new ClientDoor(deps)
  app.setErrorHandler((error: FastifyError, request, reply) => door.fail(error, request, reply))
  for (const name of Object.keys(endpoints) as EndpointName[]) {
    const log = withSecrets.test(name) ? ({ requestLog: 'head' } as const) : {}
    addRoute(app, `${base}/${name}`, { bsnEndpoint: endpoints[name], ...log }, (request, reply) =>
      door.answer(name, request, reply),
    )
  }
  addRoute(app, '/api/app/getAppInfo', { bsnEndpoint: appInfoEndpoint }, (request, reply) =>
    door.appInfo(request, reply),
  )
  addRoute(app, `${base}/expected/*`, { requestLog: 'none' }, (request, reply) =>
    door.expected(request, reply),
  )
  addRoute(app, `${base}/*`, {}, (request) => {
    deps.strangers.take(request)
    throw new CodedError('ROUTE_NOT_FOUND', 'Nothing is served at this path.')
  })
}

type Config = Pick<FastifyRequest['routeOptions']['config'], 'bsnEndpoint' | 'requestLog'>
type Handle = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> | FastifyReply

function addRoute(app: FastifyInstance, url: string, config: Config, handle: Handle): void {
  const about = { config: { countsCallers: true, ...config }, schema: { hide: true } as object }
  app.post(url, about, async (request, reply) => handle(request, reply))
}

class ClientDoor {
  readonly #deps: ClientDeps
  /** What the answer is signed by, as soon as that is known. */
  readonly #algorithms = new WeakMap<FastifyRequest, MacAlgorithm>()

  constructor(deps: ClientDeps) {
    this.#deps = deps
  }

  async answer(name: EndpointName, request: FastifyRequest, reply: FastifyReply) {
    const { access, usage } = this.#deps
    const envelope = readEnvelope(request.body)
    const application = this.#find(envelope, request, reply)
    const checked = checkMac(application, endpoints[name], envelope, this.#deps)
    if (!checked) {
      throw this.#strange(request, bsnError('BSN_MAC_INVALID', this.#advice(application, name)))
    }
    this.#algorithms.set(request, checked.algorithm)
    const { served, caller } = application
    trailCaller(request, application)
    if (access.takeMore(reply, served, caller, 1) !== 1) {
      throw rateLimited('More requests a second than this application may.')
    }
    const asked = { application, body: envelope.body, signed: checked.text }
    const body = await handlers[name](asked, this.#deps)
    tellTransactions(reply, application, usage)
    return sendAnswer(reply, { body, macOf: await this.#signer(request) })
  }

  /** Not signed by the client: it asks before it knows anything. */
  async appInfo(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    this.#deps.strangers.take(request)
    const application = this.#find(readEnvelope(request.body), request, reply)
    return sendAnswer(reply, { body: appInfo(application), macOf: await this.#signer(request) })
  }

  /** Why a mac was refused: in sandboxes alone. */
  async expected(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    this.#deps.strangers.take(request)
    const { '*': name = '' } = request.params as { readonly '*'?: string }
    const envelope = readEnvelope(request.body)
    const application = this.#find(envelope, request, reply)
    const isKnown = (text: string): text is EndpointName => Object.hasOwn(endpoints, text)
    if (application.environment !== 'sandbox' || !isKnown(name)) {
      throw new CodedError('ROUTE_NOT_FOUND', 'It is told in sandboxes, for each path below v1.')
    }
    const endpoint = endpoints[name]
    const checked = checkMac(application, endpoint, envelope, this.#deps)
    const about = { fields: endpoint.fields, body: envelope.body }
    const [first = ''] = requestTexts(envelope, about, { allOrdersMax: 0 })
    const body = expectedText(checked?.text ?? first, checked !== undefined)
    return sendAnswer(reply, { body, macOf: await this.#signer(request) })
  }

  /** Every failure of this door, whoever it is from; what nobody foresaw is for the log alone. */
  async fail(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
    const { logger, metrics } = this.#deps
    const { url, config } = request.routeOptions
    const told = tellError(error)
    if (told) metrics.refused(told.code)
    else {
      const fields = { request_id: request.id, route: url ?? 'none' }
      logger.error({ ...fields, event: 'request.failed', err: error }, 'request failed')
    }
    const code = told?.code ?? 'INTERNAL'
    trailProblem(request, code)
    const failure = { code, message: told?.detail ?? 'The gateway failed.' }
    const macOf = await this.#signer(request).catch(() => undefined)
    const body = config.bsnEndpoint?.failed ?? null
    return sendAnswer(reply, { body, failure, ...(macOf ? { macOf } : {}) })
  }

  /** @throws as `findApplication`, and where its credential is good for nothing now */
  #find(named: Application['named'], request: FastifyRequest, reply: FastifyReply): Application {
    try {
      const { userCode, appCode } = named
      const application = findApplication({ userCode, appCode }, this.#deps)
      this.#algorithms.set(request, application.keys[0].algorithm)
      const { served, caller } = application
      const need = { served, service: caller.service, scope: 'records:read' } as const
      const dead = this.#deps.access.whyNoMore(caller, { ...need, function: 'call' })
      if (dead?.code.startsWith('CREDENTIAL_')) throw new CodedError(dead.code, dead.detail)
      nameLedger(reply, served)
      return application
    } catch (error) {
      throw isCodedError(error) ? this.#strange(request, error) : error
    }
  }

  /** Who is not known counts as a stranger, and has a stranger's limit. @throws RATE_LIMITED */
  #strange(request: FastifyRequest, error: CodedError): CodedError {
    this.#deps.strangers.take(request)
    return error
  }

  #advice({ environment }: Application, name: EndpointName): string {
    const where = `${base}/expected/${name}`
    const told = environment === 'sandbox' ? `${where} tells the text` : 'a sandbox tells the text'
    return `No key of the application made this mac; ${told} that it is expected over.`
  }

  async #signer(request: FastifyRequest) {
    const algorithm = this.#algorithms.get(request) ?? 'ES256'
    return (await this.#deps.gatewayKeys.of(algorithm)).macOf
  }
}
