import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { WebSocketServer } from 'ws'
import type { Chain, DialectName } from '../../../frameworks/evm/chain.ts'
import type { Access, Holder } from '../../access/access.ts'
import type { Strangers } from '../../access/strangers.ts'
import type { Drain } from '../../drain.ts'
import { createStreams, type Streams } from '../../events/streams.ts'
import type { Logger } from '../../logger.ts'
import type { Metrics } from '../../metrics.ts'
import type { GatewayOptions } from '../../options.ts'
import type { RequestLog } from '../../request-log/request-log.ts'
import { keyPartOf, seen } from '../../request-log/request-trail.ts'
import type { RpcUsage } from '../../rpc-usage.ts'
import { nameChain, nameLedger, type ServedLedgers } from '../../served-ledger.ts'
import { tellTransactions } from '../../tell-transactions.ts'
import { acceptSocket, upgradeOf } from '../../upgrades.ts'
import { addDrainHook } from '../drain-hook.ts'
import { answerDialect } from './answer-dialect.ts'
import { type AnswerDeps, answerRpc } from './answer-rpc.ts'
import { FilterBudget } from './filter-budget.ts'
import { FinalAnswers } from './final-answers.ts'
import { createPlainErrors, type PlainReply, plainReplies, sendPlain } from './plain-replies.ts'
import {
  dialectPart,
  freePart,
  isDialect,
  kindPart,
  pathBehind,
  type RpcParams,
  type RpcTarget,
  rpcTarget,
} from './rpc-path.ts'
import { type RpcSocketOptions, runRpcSocket } from './rpc-socket.ts'
import { Turns } from './turns.ts'

export type JsonRpcDeps = {
  readonly ledgers: ServedLedgers
  readonly access: Access
  readonly strangers: Strangers
  readonly logger: Logger
  readonly metrics: Metrics
  readonly drain: Drain
  readonly rpcUsage: RpcUsage
  readonly options: GatewayOptions
  readonly log: Pick<RequestLog, 'note'>
}

/**
 * Requests of one credential under way, from here until the client has taken the answer: it may be
 * large, and is in memory until then. As many as an engine is asked at one time.
 */
const requestsMax = 16

/** What JSON-RPC comes as. */
const rpcTypes = ['application/json', 'application/json-rpc', 'text/plain']

/** A contract of the largest size, in hex, fits in ten times. */
const bodyBytesMax = 2 * 1024 * 1024

/**
 * JSON-RPC for the tools of chains: `/api/{accessKey}/{chain}/{rpc|ws}`, with the key of a
 * credential and the name of its service; or both as headers. What a chain speaks beside that is
 * passed on, too: `/api/{accessKey}/{chain}/{rest|rest2}/{path…}`.
 */
export const jsonRpcDoor: FastifyPluginAsync<JsonRpcDeps> = async (app, deps) => {
  const { logger, drain, options } = deps
  addDrainHook(app, deps)
  app.setErrorHandler(createPlainErrors({ logger }))
  const raw = { parseAs: 'buffer', bodyLimit: bodyBytesMax } as const
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', raw, (_request, body, done) => done(null, body))
  const answering: AnswerDeps = {
    access: deps.access,
    metrics: deps.metrics,
    usage: deps.rpcUsage,
    filters: new FilterBudget(() => performance.now()),
    finals: new FinalAnswers(),
  }
  const streams = createStreams(options, {
    drain,
    standing: (served, caller) => {
      const need = { served, service: caller.service, scope: 'records:read', function: 'call' }
      return deps.access.whyNoMore(caller, need as Parameters<Access['whyNoMore']>[1])?.code
    },
    onCount: () => undefined,
  })
  app.addHook('onClose', async () => streams.close())
  const door = new Door(deps, answering, streams)
  addRoutes(app, door)
}

function addRoutes(app: FastifyInstance, door: Door): void {
  const config = { countsCallers: true, isStream: true }
  const common = { config, schema: { hide: true } as object, bodyLimit: bodyBytesMax }
  const paths = [
    `/api/:accessKey${freePart}/:chain/:kind`,
    `/api/:accessKey${freePart}/:chain/:kind/*`,
    `/api/:chain${freePart}/:kind${kindPart}`,
    `/api/:kind${kindPart}`,
    `/api/:kind${dialectPart}/*`,
  ]
  for (const url of paths) {
    app.post<{ Params: RpcParams }>(url, common, (request, reply) => door.post(request, reply))
    app.get<{ Params: RpcParams }>(url, common, (request, reply) => door.open(request, reply))
  }
}

type Asked = FastifyRequest<{ Params: RpcParams }>
type Found = { readonly holder: Holder; readonly chain: Chain; readonly target: RpcTarget }
type FoundDialect = Found & { readonly name: DialectName }

class Door {
  readonly #deps: JsonRpcDeps
  readonly #answering: AnswerDeps
  readonly #streams: Streams
  readonly #turns = new Turns(requestsMax)
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: bodyBytesMax,
    perMessageDeflate: false, // Memory for each connection, and a way to ask for much of it.
  })

  constructor(deps: JsonRpcDeps, answering: AnswerDeps, streams: Streams) {
    this.#deps = deps
    this.#answering = answering
    this.#streams = streams
  }

  async post(request: Asked, reply: FastifyReply): Promise<FastifyReply> {
    const found = this.#find(request, reply)
    if ('message' in found) return sendPlain(reply, found)
    const { holder, chain, target } = found
    if (isDialect(target.kind)) {
      return this.#dialect(request, reply, { ...found, name: target.kind })
    }
    if (target.kind !== 'rpc') return sendPlain(reply, plainReplies.noRoute)
    const [type = ''] = (request.headers['content-type'] ?? '').toLowerCase().split(';')
    if (!rpcTypes.includes(type.trim())) return sendPlain(reply, plainReplies.wrongType)
    if (!Buffer.isBuffer(request.body)) return sendPlain(reply, plainReplies.unreadable)
    const signal = await this.#turn(reply, holder)
    const ask = { holder, chain, reply, body: request.body, signal }
    const { body, status } = await answerRpc(ask, this.#answering)
    if (status !== 200) reply.header('retry-after', this.#waitSeconds(holder, status))
    tellTransactions(reply, holder, this.#answering.usage)
    reply.header('cache-control', 'no-store')
    return reply.code(status).header('content-type', 'application/json').send(bytesOf(body))
  }

  async open(request: Asked, reply: FastifyReply): Promise<FastifyReply> {
    const found = this.#find(request, reply)
    if ('message' in found) return sendPlain(reply, found)
    const { holder, chain, target } = found
    if (isDialect(target.kind)) {
      return this.#dialect(request, reply, { ...found, name: target.kind })
    }
    if (target.kind !== 'ws') return sendPlain(reply, plainReplies.noRoute)
    const upgrade = upgradeOf(request, reply)
    const { options, logger } = this.#deps
    const stream = this.#streams.open(holder.served, holder.caller)
    const beatsMax = Math.ceil(options.streamStallMs / options.streamHeartbeatMs)
    const onAnswer = this.#noting(request, holder)
    reply.hijack()
    acceptSocket(this.#sockets, { request, reply, upgrade }, (socket) =>
      runRpcSocket(
        { holder, chain, beatsMax, stallMs: options.streamStallMs, onAnswer },
        { ...this.#answering, socket, connection: upgrade.socket, stream, logger },
      ),
    )
      .catch((err: unknown) => {
        upgrade.socket.destroy()
        logger.error({ event: 'stream.failed', request_id: request.id, err }, 'WebSocket failed')
      })
      .finally(() => stream.close())
    return reply
  }

  /** What is said over a WebSocket is logged as requests are: nothing else sees its answers. */
  #noting({ id, method, raw, routeOptions }: Asked, holder: Holder): RpcSocketOptions['onAnswer'] {
    const type = 'application/json'
    const { url = '' } = raw
    const keyAt = keyPartOf(routeOptions.url)
    const fixed = { id, method, url, keyAt, contentType: type, answerType: type }
    return (body, answer, ms) =>
      this.#deps.log.note(holder, answer.status, () => ({
        ...{ ...fixed, ms, body: seen(body), answer: seen(answer.body) },
      }))
  }

  async #dialect(request: Asked, reply: FastifyReply, found: FoundDialect): Promise<FastifyReply> {
    const { holder, chain, target, name } = found
    const dialect = chain.dialect?.(name)
    if (!dialect) return sendPlain(reply, this.#stranger(request, plainReplies.noRoute))
    const signal = await this.#turn(reply, holder)
    const { accept, 'content-type': type } = request.headers
    const ask = {
      ...{ holder, chain, reply, signal, dialect, name },
      method: request.method === 'POST' ? ('POST' as const) : ('GET' as const),
      path: pathBehind(request.raw.url ?? '', target.parts),
      headers: { ...(accept && { accept }), ...(type && { 'content-type': type }) },
      body: Buffer.isBuffer(request.body) ? request.body : undefined,
    }
    const answer = await answerDialect(ask, this.#answering)
    tellTransactions(reply, holder, this.#answering.usage)
    if ('message' in answer) {
      const waitSeconds = this.#waitSeconds(holder, answer.status)
      return sendPlain(reply, { ...answer, waitSeconds })
    }
    reply.header('cache-control', 'no-store').code(answer.status)
    // A page of the chain's would run where the portal's cookies are.
    reply.header('content-security-policy', "default-src 'none'; sandbox")
    if (answer.contentType !== undefined) reply.header('content-type', answer.contentType)
    return reply.send(answer.body)
  }

  /** So many of one credential at a time; aborted when nobody waits for the answer any more. */
  async #turn(reply: FastifyReply, { served, caller }: Holder): Promise<AbortSignal> {
    const left = new AbortController()
    // An abort that nobody hears costs as much as a small request.
    const who = `${served.ledger.id} ${caller.credential}`
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) left.abort()
      this.#turns.leave(who)
    })
    await this.#turns.enter(who, left.signal)
    return left.signal
  }

  /** Whose key it is, and the chain of that name; or the reply that says why not. */
  #find(request: Asked, reply: FastifyReply): Found | PlainReply {
    const { ledgers, access } = this.#deps
    const target = rpcTarget(request.params, request.headers)
    const holder = access.holder(request, target.key, ledgers.all)
    const { served, caller } = holder
    const isProject = [undefined, caller.credential, target.key].includes(target.project)
    if (!isProject) return this.#stranger(request, plainReplies.unknownKey)
    const need = { served, service: caller.service, scope: 'records:read' } as const
    const dead = access.whyNoMore(caller, { ...need, function: 'call' })
    if (dead?.code.startsWith('CREDENTIAL_')) {
      return this.#stranger(request, plainReplies.deadKey)
    }
    nameLedger(reply, served)
    // Whoever has a key knows its service, and learns of no other one.
    const chain = target.chain === caller.service ? served.chains?.of(target.chain) : undefined
    if (!chain) return this.#stranger(request, plainReplies.noRoute)
    nameChain(reply, served, caller.service)
    return { holder, chain, target }
  }

  /** What no limit of a credential counts, that of its address does. @throws RATE_LIMITED */
  #stranger(request: FastifyRequest, plain: PlainReply): PlainReply {
    this.#deps.strangers.take(request)
    return plain
  }

  #waitSeconds({ writesPerDay, ...holder }: Holder, status: number): number {
    const { usage } = this.#answering
    const isDay = status === 429 && usage.today(holder).transactions >= (writesPerDay ?? Infinity)
    return isDay ? usage.secondsLeft : 1
  }
}

const bytesOf = (body: Buffer | string) => (typeof body === 'string' ? Buffer.from(body) : body)
