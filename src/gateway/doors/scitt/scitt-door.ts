import type { FastifyPluginAsync } from 'fastify'
import type { Access } from '../../access/access.ts'
import type { Metrics } from '../../metrics.ts'
import type { ServedLedgers } from '../../served-ledger.ts'
import { addDrainHook, type DrainDeps } from '../drain-hook.ts'
import { keysRoutes } from './keys-routes.ts'
import { receiptRoute } from './receipt-route.ts'
import { registerRoute } from './register-route.ts'

export type ScittDeps = DrainDeps & {
  readonly ledgers: ServedLedgers
  readonly metrics: Metrics
  readonly access: Access
}

/**
 * Each service as a SCITT transparency service (RFC 9943) with the API of
 * draft-ietf-scitt-scrapi-11: COSE in, COSE receipts out.
 */
export const scittDoor: FastifyPluginAsync<ScittDeps> = async (app, deps) => {
  addDrainHook(app, deps)
  for (const route of [registerRoute, receiptRoute, keysRoutes]) await app.register(route, deps)
}
