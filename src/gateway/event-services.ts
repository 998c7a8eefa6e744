import type { LookupFunction } from 'node:net'
import type { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@openbsn/sdk'
import type { FastifyPluginAsync } from 'fastify'
import type { KeyEncryption } from '../crypto/key-encryption.ts'
import type { Framework } from '../frameworks/framework.ts'
import type { Clock } from '../kernel/clock.ts'
import { parseJson } from '../kernel/json.ts'
import type { Access, Scope } from './access/access.ts'
import type { Drain } from './drain.ts'
import { consumerRoutes } from './events/consumer-routes.ts'
import { createConsumers } from './events/consumers.ts'
import { createEventFeed, type EventFeed } from './events/event-feed.ts'
import { eventsRoute } from './events/events-route.ts'
import { socketRoute } from './events/socket-route.ts'
import { createStreams, type Standing } from './events/streams.ts'
import { frameworkOf } from './framework-of.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { GatewayOptions } from './options.ts'
import type { PublisherRoutes } from './publisher-routes.ts'
import { trailJson } from './request-log/request-trail.ts'
import type { ServedLedger, ServedLedgers } from './served-ledger.ts'
import { createAddressPolicy } from './webhooks/address-policy.ts'
import { createSender } from './webhooks/sender.ts'
import { askCredential, askPublisher } from './webhooks/webhook-asking.ts'
import { createWebhookEngine } from './webhooks/webhook-engine.ts'
import { standingOf } from './webhooks/webhook-holder.ts'
import { webhookRoutes } from './webhooks/webhook-routes.ts'
import { createWebhookStore } from './webhooks/webhook-store.ts'
import { createWriteBehind } from './write-behind.ts'

/** What events and webhooks need of the node. */
export type EventDeps = {
  /** The gateway's own database, open as long as the gateway: see `openGatewayDatabase`. */
  readonly database: DatabaseSync
  /** Wraps the secrets of webhooks. */
  readonly keys: KeyEncryption
  /** This city node's id: it delivers the webhooks that are at home here. */
  readonly node: string
  /** From 0 up to 1: spreads what is tried again. */
  readonly chance: () => number
  /** Of receivers' names; the system's where absent. */
  readonly lookup?: LookupFunction
}

export type EventServicesDeps = EventDeps & {
  readonly ledgers: ServedLedgers
  readonly access: Access
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly drain: Drain
}

/** Event streams and webhooks of one gateway. */
export interface EventServices {
  /** Below /api/v1. */
  readonly routes: FastifyPluginAsync
  /** What publishers have of it. */
  readonly publisherRoutes: PublisherRoutes
  /** Begins to deliver. */
  start(): void
  /** Ends streams and deliveries; what they reached is on disk. */
  close(): Promise<void>
}

/** Acknowledgements and deliveries are gathered for so long; after a crash they are repeated. */
const writeDelayMs = 100
const bodyValuesMax = 100

/** @throws WEBHOOK_RANGE_INVALID */
export function createEventServices(
  options: GatewayOptions,
  deps: EventServicesDeps,
): EventServices {
  const { database, ledgers, access, logger, metrics, drain, clock, node } = deps
  const later = createWriteBehind(
    { delayMs: writeDelayMs },
    {
      database,
      onError: (err) => logger.error({ event: 'store.failed', err }, 'positions are not kept'),
    },
  )
  const standingIn =
    (scope: Scope): Standing =>
    (served, caller) =>
      access.whyNoMore(caller, { served, service: caller.service, scope })?.code
  const readers = { drain, standing: standingIn('events:read'), onCount: metrics.streams }
  const streams = createStreams(options, readers)
  const consumersMax = options.streamConsumersMax
  const consumers = createConsumers({ consumersMax }, { database, later })
  const policy = createAddressPolicy(options.webhookAllow)
  const sender = createSender(options, { ...deps, policy })
  const store = createWebhookStore({ kept: options.webhookDeliveriesKept }, { database, later })
  const feeds = createFeeds(options)
  const standing = standingOf(standingIn('webhooks:write'))
  const parts = { ...deps, feedOf: feeds.of, store, later, sender, standing }
  const engine = createWebhookEngine(options, { ...parts, ledgers: ledgers.all })
  metrics.webhookOldestPending(() => engine.oldestPendingSeconds())
  const hooks = { ledgers, feedOf: feeds.of, options, store, engine, policy, clock, node }

  return {
    async routes(app) {
      app.addHook('onRequest', (_request, _reply, done) => done(refusalWhile(drain)))
      const asBuffer = { parseAs: 'buffer' } as const
      app.addContentTypeParser<Buffer>('application/json', asBuffer, (request, body, done) =>
        done(null, parseJson(trailJson(request, body), { valuesMax: bodyValuesMax })),
      )
      const shared = { ledgers, access, feedOf: feeds.of, options }
      await app.register(eventsRoute, { ...shared, streams, logger, consumers, clock })
      await app.register(socketRoute, { ...shared, streams, logger, consumers, clock })
      await app.register(consumerRoutes, { ...shared, consumers })
      await app.register(webhookRoutes, { ...hooks, asking: askCredential({ ledgers, access }) })
    },
    async publisherRoutes(app, { requirePublisher }) {
      const asking = askPublisher({ ledgers, requirePublisher })
      await app.register(webhookRoutes, { ...hooks, asking })
    },
    start: () => engine.start(),
    async close() {
      streams.close()
      await engine.close()
      feeds.close()
      sender.close()
      later.close()
    },
  }
}

function refusalWhile({ isDraining }: Drain): CodedError | undefined {
  if (!isDraining) return undefined
  return new CodedError('GATEWAY_DRAINING', 'The gateway is about to stop.', { retryable: true })
}

/** A record has one key; what a contract is called may be its name or its address. */
const filteringOf = ({ name }: Framework) => ({ isReaderFiltering: name !== 'records' })

/** One feed for each framework of a ledger: services of one framework share their positions. */
function createFeeds({ streamGatherMs: gatherMs }: GatewayOptions) {
  const feeds = new Map<Framework, EventFeed>()
  return {
    /** @throws SERVICE_UNKNOWN, SERVICE_ELSEWHERE */
    of(served: ServedLedger, service: string): EventFeed {
      const framework = frameworkOf(served, service)
      const feed =
        feeds.get(framework) ??
        createEventFeed(framework.events, { gatherMs, ...filteringOf(framework) })
      feeds.set(framework, feed)
      return feed
    },
    close() {
      for (const feed of feeds.values()) feed.close()
    },
  }
}
