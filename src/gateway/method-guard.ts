import { CodedError } from '@openbsn/sdk'
import type { FastifyInstance, RouteOptions } from 'fastify'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY']

/**
 * Answers 405 with Allow where a path is served for other methods. Call `guard` after the last
 * route; it refuses before a body is read.
 */
export function createMethodGuard(app: FastifyInstance): { guard(): void } {
  const served = new Map<string, Set<string>>()
  const collect = ({ url, method }: RouteOptions) => {
    const set = served.get(url) ?? new Set()
    for (const one of [method].flat()) set.add(one)
    served.set(url, set)
  }
  app.addHook('onRoute', collect)
  function guard(): void {
    for (const [url, allowed] of [...served]) {
      const allow = [...allowed].toSorted().join(', ')
      const detail = `Only ${allow} here.`
      app.route({
        url,
        method: methods.filter((method) => !allowed.has(method)),
        schema: { hide: true },
        onRequest: async (_request, reply) => {
          reply.header('allow', allow)
          throw new CodedError('METHOD_NOT_ALLOWED', detail)
        },
        handler: () => {},
      })
    }
  }
  return { guard }
}
