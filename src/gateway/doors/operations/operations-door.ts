import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isLocal } from '../../access/own-host.ts'
import type { Drain } from '../../drain.ts'
import { type MeasureDeps, measureNode } from '../../measure-node.ts'
import type { GatewayOptions } from '../../options.ts'
import { checkReadiness } from '../../readiness.ts'
import { problemResponses } from '../problem-responses.ts'

export type OperationsDeps = MeasureDeps & {
  readonly drain: Drain
  readonly version: string
  readonly options: Pick<GatewayOptions, 'diskFreeBytesMin' | 'names'>
}

const tags = ['operations']

/** /livez, /readyz, /metrics and /version: for those who run the node. */
export const operationsDoor: FastifyPluginAsyncTypebox<OperationsDeps> = async (app, deps) => {
  await app.register(livezRoute)
  await app.register(readyzRoute, deps)
  await app.register(metricsRoute, deps)
  await app.register(versionRoute, deps)
}

const Status = Type.Object({ status: Type.String() })

const livezRoute: FastifyPluginAsyncTypebox = async (app) => {
  const summary = 'Is the process alive? Says nothing of what it needs.'
  const schema = {
    operationId: 'isAlive',
    tags,
    summary,
    response: { 200: Status, ...problemResponses },
  }
  app.get('/livez', { schema }, () => ({ status: 'alive' }))
}

const Readiness = Type.Object({
  status: Type.String({ description: '`ready` or `not ready`.' }),
  checks: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String(),
        ok: Type.Boolean(),
        detail: Type.String(),
        warning: Type.Optional(
          Type.Boolean({ description: 'Something is wrong that keeps no request away.' }),
        ),
      }),
    ),
  ),
})

const readyzRoute: FastifyPluginAsyncTypebox<OperationsDeps> = async (app, deps) => {
  const verbose = Type.Optional(
    Type.Union([Type.Literal(''), Type.Literal('true'), Type.Literal('false')], {
      description: 'Also what was checked; from the machine itself only.',
    }),
  )
  const schema = {
    operationId: 'isReady',
    tags,
    summary: 'May requests be sent here?',
    querystring: Type.Object({ verbose }, { additionalProperties: false }),
    response: { 200: Readiness, ...problemResponses, 503: Readiness },
  }
  app.get('/readyz', { schema }, async (request, reply) => {
    const { query } = request
    const isVerbose = query.verbose !== undefined && query.verbose !== 'false'
    if (isVerbose) requireLocal(request, deps.options)
    const { diskFreeBytesMin } = deps.options
    const checks = await checkReadiness({ ...deps, diskFreeBytesMin })
    const isReady = checks.every(({ ok }) => ok)
    reply.code(isReady ? 200 : 503).header('cache-control', 'no-store')
    if (!isReady) reply.header('retry-after', 1)
    return { status: isReady ? 'ready' : 'not ready', ...(isVerbose ? { checks } : {}) }
  })
}

const metricsRoute: FastifyPluginAsyncTypebox<OperationsDeps> = async (app, deps) => {
  const { metrics } = deps
  const schema = {
    operationId: 'getMetrics',
    tags,
    summary: 'Prometheus metrics; from the machine itself only.',
    response: {
      200: { description: 'Metrics.', content: { 'text/plain': { schema: Type.String() } } },
      ...problemResponses,
    },
  }
  app.get('/metrics', { schema }, async (request, reply) => {
    requireLocal(request, deps.options)
    await measureNode(deps)
    return reply.header('content-type', metrics.contentType).send(await metrics.text())
  })
}

const Version = Type.Object({ name: Type.String(), version: Type.String() })

const versionRoute: FastifyPluginAsyncTypebox<OperationsDeps> = async (app, { version }) => {
  const summary = 'What runs here.'
  const schema = {
    operationId: 'getVersion',
    tags,
    summary,
    response: { 200: Version, ...problemResponses },
  }
  app.get('/version', { schema }, () => ({ name: 'openbsn', version }))
}

function requireLocal(request: FastifyRequest, { names }: Pick<GatewayOptions, 'names'>): void {
  if (isLocal(request, names)) return
  throw new CodedError('LOOPBACK_ONLY', 'This is answered on the machine itself only.')
}
