import type { FastifyPluginAsync } from 'fastify'
import type { Clock } from '../../../kernel/clock.ts'
import type { Access } from '../../access/access.ts'
import type { Drain } from '../../drain.ts'
import type { FabricUsers } from '../../fabric-users/fabric-users.ts'
import type { NodeWatch } from '../../liveness/node-watch.ts'
import type { Logger } from '../../logger.ts'
import type { Metrics } from '../../metrics.ts'
import type { GatewayOptions } from '../../options.ts'
import type { RequestLog } from '../../request-log/request-log.ts'
import { requestLogRoute } from '../../request-log/request-log-route.ts'
import type { RpcUsage } from '../../rpc-usage.ts'
import type { ServedLedgers } from '../../served-ledger.ts'
import { addDrainHook } from '../drain-hook.ts'
import { allianceRoutes } from './alliance-routes.ts'
import { certificateRoute } from './certificate-route.ts'
import { checkpointRoute } from './checkpoint-route.ts'
import { contractsDoor } from './contracts/contracts-door.ts'
import { credentialRoute, credentialsRoute } from './credential-route.ts'
import { entriesRoute } from './entries-route.ts'
import { entryRoutes } from './entry-routes.ts'
import { groupRoutes } from './group-routes.ts'
import { keysRoute } from './keys-route.ts'
import { ledgerRoutes } from './ledger-routes.ts'
import { listRoute } from './list-route.ts'
import { networkRoutes } from './network-routes.ts'
import { nodeRoutes } from './node-routes.ts'
import { openapiRoute } from './openapi-route.ts'
import { privateRoutes } from './private-routes.ts'
import { proofRoutes } from './proof-routes.ts'
import { readRecordsRoutes } from './read-records-routes.ts'
import { requestsRoute } from './requests-route.ts'
import { serviceRoutes } from './service-routes.ts'
import { stateRoute } from './state-route.ts'
import { tileRoutes } from './tile-routes.ts'
import { usageRoute } from './usage-route.ts'
import { writeRecordsRoute } from './write-records-route.ts'

export type RestDeps = {
  readonly ledgers: ServedLedgers
  readonly metrics: Metrics
  readonly drain: Drain
  readonly access: Access
  readonly options: Pick<GatewayOptions, 'names' | 'writeWaitMs'>
  readonly watch: NodeWatch
  readonly rpcUsage: RpcUsage
  readonly logger: Logger
  readonly log: RequestLog
  readonly users: FabricUsers
  readonly clock: Clock
  /** Id of this city node. */
  readonly node: string
}

/** REST, `/api/v1`. */
export const restDoor: FastifyPluginAsync<RestDeps> = async (app, deps) => {
  addDrainHook(app, deps)
  const routes = [ledgerRoutes, entriesRoute, listRoute, entryRoutes, proofRoutes, stateRoute]
  routes.push(keysRoute, checkpointRoute, tileRoutes, openapiRoute)
  routes.push(writeRecordsRoute, readRecordsRoutes, requestsRoute, privateRoutes)
  routes.push(serviceRoutes, credentialRoute, credentialsRoute)
  routes.push(nodeRoutes, allianceRoutes, usageRoute)
  routes.push(networkRoutes, certificateRoute, groupRoutes, contractsDoor, requestLogRoute)
  for (const route of routes) await app.register(route, { ...deps, prefix: '/api/v1' })
}
