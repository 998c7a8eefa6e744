import type { LookupFunction } from 'node:net'
import type { DatabaseSync } from 'node:sqlite'
import type { FastifyPluginAsync } from 'fastify'
import type { KeyEncryption } from '../../../crypto/key-encryption.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { Access } from '../../access/access.ts'
import { Buckets } from '../../access/buckets.ts'
import type { Strangers } from '../../access/strangers.ts'
import type { Drain } from '../../drain.ts'
import type { FabricUsers } from '../../fabric-users/fabric-users.ts'
import type { Logger } from '../../logger.ts'
import type { Metrics } from '../../metrics.ts'
import type { GatewayOptions } from '../../options.ts'
import type { RpcUsage } from '../../rpc-usage.ts'
import type { ServedLedgers } from '../../served-ledger.ts'
import { createAddressPolicy } from '../../webhooks/address-policy.ts'
import { createSender } from '../../webhooks/sender.ts'
import { createWriteBehind } from '../../write-behind.ts'
import { addDrainHook } from '../drain-hook.ts'
import { findApplication } from './application.ts'
import { createBsnStore } from './bsn-store.ts'
import { clientRoutes } from './client-routes.ts'
import { createEventStore } from './event-store.ts'
import { gatewayKeyRoute } from './gateway-key-route.ts'
import { createGatewayKeys } from './gateway-keys.ts'
import { Notifier } from './notifier.ts'

export type BsnDeps = {
  readonly ledgers: ServedLedgers
  readonly access: Access
  readonly strangers: Strangers
  readonly logger: Logger
  readonly metrics: Metrics
  readonly drain: Drain
  readonly rpcUsage: RpcUsage
  readonly options: GatewayOptions
  readonly clock: Clock
  readonly node: string
  readonly database: DatabaseSync
  readonly keys: KeyEncryption
  readonly users: FabricUsers
  readonly lookup?: LookupFunction
}

/** Positions of notifications are gathered for so long; after a crash they are told again. */
const positionDelayMs = 100

/**
 * For clients that people have of the Blockchain-based Service Network, as they are:
 * `/api/app/getAppInfo` and all of `/api/fabric/v1`, for services of Fabric.
 */
export const bsnDoor: FastifyPluginAsync<BsnDeps> = async (app, deps) => {
  const { database, options, access, logger } = deps
  const policy = createAddressPolicy(options.webhookAllow)
  const sender = createSender(options, { ...deps, policy })
  const onError = (err: unknown) =>
    logger.error({ event: 'store.failed', err }, 'positions are not kept')
  const later = createWriteBehind({ delayMs: positionDelayMs }, { database, onError })
  const [store, events] = [createBsnStore(database), createEventStore(database, { later })]
  const gatewayKeys = createGatewayKeys(deps)
  const notifier = new Notifier(
    {},
    {
      ...{ store: events, sender, gatewayKeys, access },
      applicationOf: ({ userCode, application: appCode }) =>
        findApplication({ userCode, appCode }, deps),
      onProblem: ({ id, service, application: actor }, err) => {
        const fields = { event: 'bsn.not_told', app_id: service, actor, err }
        logger.warn(fields, `events of ${id} cannot be read`)
      },
    },
  )
  app.addHook('onListen', async () => {
    for (const { ledger } of deps.ledgers.all) events.ofLedger(ledger.id).forEach(add)
  })
  const add = (one: Parameters<Notifier['add']>[0]) => notifier.add(one)
  app.addHook('onClose', async () => {
    await notifier.close()
    sender.close()
    later.close()
  })
  addDrainHook(app, deps)
  await app.register(gatewayKeyRoute, { gatewayKeys })
  await app.register(clientRoutes, {
    ...{ ...deps, policy, store, events, notifier, gatewayKeys, usage: deps.rpcUsage },
    buckets: new Buckets({ nowMs: () => performance.now() }),
    registrationsMax: options.webhooksPerCredentialMax,
  })
}
