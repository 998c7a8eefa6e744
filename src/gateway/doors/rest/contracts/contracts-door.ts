import type { FastifyPluginAsync } from 'fastify'
import { parseJson } from '../../../../kernel/json.ts'
import { trailJson } from '../../../request-log/request-trail.ts'
import type { RestDeps } from '../rest-door.ts'
import { callRoutes } from './call-routes.ts'
import { contractRoutes } from './contract-routes.ts'
import { deployRoute } from './deploy-route.ts'
import { contractLogRoute } from './log-route.ts'
import { packageRoute } from './package-route.ts'
import { transactionRoutes } from './transaction-routes.ts'
import { userRoutes } from './user-routes.ts'

/** Far beyond any honest call; a bomb of values stops here. */
const valuesMax = 200_000

/** Contracts of services: deploying, asking and calling them, and what became of it. */
export const contractsDoor: FastifyPluginAsync<RestDeps> = async (app, deps) => {
  const asBuffer = { parseAs: 'buffer' } as const
  app.addContentTypeParser<Buffer>('application/json', asBuffer, (request, body, done) => {
    done(null, parseJson(trailJson(request, body), { valuesMax }))
  })
  // The prefix is that of this plugin, and would be added once more.
  const inside = { ...deps, prefix: '' }
  const contracts = [deployRoute, contractRoutes, contractLogRoute, packageRoute]
  for (const routes of [...contracts, callRoutes, transactionRoutes, userRoutes])
    await app.register(routes, inside)
}
