import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Noted, RequestLog } from './request-log.ts'
import { keyPartOf, seen, type Trail } from './request-trail.ts'

/** Tells the log of every request that is somebody's, once it is answered. */
export function addLogHooks(app: FastifyInstance, { log }: { readonly log: RequestLog }): void {
  // A member that every request has from the beginning: one that is added later makes each slow.
  app.decorateRequest('trail', null)
  app.addHook('onSend', (request, _reply, payload, done) => {
    const { trail } = request
    if (trail?.by && (typeof payload === 'string' || Buffer.isBuffer(payload))) {
      trail.answer = seen(payload)
    }
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { trail } = request
    if (trail?.by && request.routeOptions.config.requestLog !== 'none') {
      log.note(notedOf(request, reply, trail, trail.by))
    }
    done()
  })
  app.addHook('onClose', async () => log.close())
}

function notedOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { body, isPrivate, answer, code }: Trail,
  { served, caller }: NonNullable<Trail['by']>,
): Noted {
  const { url = '', config } = request.routeOptions
  const isHead = config.requestLog === 'head'
  return {
    ...{ served, caller, id: request.id, method: request.method, url: request.raw.url ?? '' },
    keyAt: keyPartOf(url),
    ...{ status: reply.statusCode, code, ms: reply.elapsedTime },
    contentType: request.headers['content-type'],
    ...{ answerType: textIn(reply, 'content-type'), location: textIn(reply, 'location') },
    ...{ body: body ?? bytesIn(request), answer },
    hides: isHead ? 'both' : isPrivate ? 'body' : 'nothing',
  }
}

function textIn(reply: FastifyReply, name: string): string | undefined {
  const value = reply.getHeader(name)
  return typeof value === 'string' ? value : undefined
}

/** Where a parser hands the bytes on as they came. */
const bytesIn = ({ body }: FastifyRequest) => (Buffer.isBuffer(body) ? seen(body) : undefined)
