import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'

/** What is asked for in a publisher's name: to see how things are, or to change something. */
export type ServiceNeed = 'read' | 'webhook-change' | 'contract-define'

/** Lets those alone go on who speak for the publisher of the service that the path names. */
export type RequirePublisher = (
  request: FastifyRequest,
  reply: FastifyReply,
  need: ServiceNeed,
) => Promise<void>

/**
 * What this gateway keeps of services, for their publishers: routes below
 * `/ledgers/{ledger}/services/{service}`, for whoever knows people and what they may.
 */
export type PublisherRoutes = FastifyPluginAsync<{ readonly requirePublisher: RequirePublisher }>
