import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ServedLedger } from '../served-ledger.ts'

/** What a credential may be used for. */
export type Scope = 'records:write' | 'records:read' | 'events:read' | 'webhooks:write'

/** Who asks, by the ledger's state as it is now. */
export type Caller = {
  /** Id of the credential. */
  readonly credential: string
  readonly service: string
}

/** What a route needs of whoever calls it. */
export type Need = {
  readonly served: ServedLedger
  readonly service: string
  readonly scope: Scope
}

/** Decides from the ledger's state alone who may do what, and how often. */
export interface Access {
  /**
   * The caller of a request, counted against its limit; sets the headers that tell about limits.
   * @throws AUTHENTICATION_REQUIRED, CREDENTIAL_UNKNOWN, SIGNATURE_*, SCOPE_MISSING, RATE_LIMITED,
   * and the ledger's own codes for frozen, expired and revoked
   */
  require(request: FastifyRequest, reply: FastifyReply, need: Need): Caller
}
