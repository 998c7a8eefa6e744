import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Access } from '../access/access.ts'
import type { ServedLedgers } from '../served-ledger.ts'
import type { Noted, RequestLog } from './request-log.ts'
import { keyPartOf, seen, type Trail, trailAnswer, trailCaller } from './request-trail.ts'

export type LogHookDeps = {
  readonly log: RequestLog
  readonly ledgers: Pick<ServedLedgers, 'find'>
  readonly access: Pick<Access, 'recognise'>
}

declare module 'fastify' {
  interface FastifyReply {
    /**
     * For a route that answers with a stream and has hijacked the reply: the log is told now, with
     * the status that the stream begins with, because whether it ends is not known for long.
     */
    logOpened(status: number): void
  }
}

/** Tells the log of every request that is somebody's: once it is answered, or its stream opens. */
export function addLogHooks(app: FastifyInstance, { log, ...deps }: LogHookDeps): void {
  // A member that every request has from the beginning: one that is added later makes each slow.
  app.decorateRequest('trail', null)
  const tell = (request: FastifyRequest, reply: FastifyReply, status: number) => {
    const { trail } = request
    if (!trail?.by || trail.isTold) return
    trail.isTold = true
    if (request.routeOptions.config.requestLog === 'none') log.used(trail.by)
    else log.note(trail.by, status, () => notedOf(request, reply, trail))
  }
  app.decorateReply('logOpened', function opened(this: FastifyReply, status: number) {
    tell(this.request, this, status)
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode >= 400 && !request.trail?.by) recognise(request, deps)
    const { trail } = request
    if (trail?.by && (typeof payload === 'string' || Buffer.isBuffer(payload))) {
      trailAnswer(trail, payload)
    }
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    tell(request, reply, reply.statusCode)
    done()
  })
  app.addHook('onClose', async () => log.close())
}

/** Where the path, or the body, was refused before its route asked who it is. */
function recognise(request: FastifyRequest, { ledgers, access }: Omit<LogHookDeps, 'log'>): void {
  if (request.headers.authorization === undefined) return
  const [, id = ''] = /^\/api\/v1\/ledgers\/([^/?]+)/.exec(request.raw.url ?? '') ?? []
  const served = ledgers.find(id)
  const caller = served && access.recognise(request, served)
  if (caller) trailCaller(request, { served, caller })
}

function notedOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { body, isPrivate, answer, isPrivateAnswer, code }: Trail,
): Noted {
  const { url = '', config } = request.routeOptions
  const isHead = config.requestLog === 'head'
  return {
    ...{ id: request.id, method: request.method, url: request.raw.url ?? '' },
    keyAt: keyPartOf(url),
    ...{ code, ms: reply.elapsedTime },
    contentType: request.headers['content-type'],
    ...{ answerType: textIn(reply, 'content-type'), location: textIn(reply, 'location') },
    ...{ body: body ?? bytesIn(request), answer },
    hidesBody: isHead || isPrivate === true,
    hidesAnswer: isHead || isPrivateAnswer === true,
  }
}

function textIn(reply: FastifyReply, name: string): string | undefined {
  const value = reply.getHeader(name)
  return typeof value === 'string' ? value : undefined
}

/** Where a parser hands the bytes on as they came. */
const bytesIn = ({ body }: FastifyRequest) => (Buffer.isBuffer(body) ? seen(body) : undefined)
