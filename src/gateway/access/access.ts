import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AuthorityFields } from '../../crypto/check-messages.ts'
import type { Refusal } from '../../crypto/check-statement.ts'
import type { Scope } from '../../services/scopes.ts'
import type { ServedLedger } from '../served-ledger.ts'

export type { Scope }

/** Who asks, by the ledger's state as it is now. */
export type Caller = {
  /** Id of the credential. */
  readonly credential: string
  readonly service: string
}

/** Who has an API key, and of which ledger. */
export type Holder = {
  readonly served: ServedLedger
  readonly caller: Caller
  /** The limit of the credential; where absent, there is none. */
  readonly writesPerDay?: number
}

/** What a route needs of whoever calls it. */
export type Need = {
  readonly served: ServedLedger
  readonly service: string
  readonly scope: Scope
  /**
   * Of the framework, such as `put`: the participant's role must have it. Where absent, it must
   * have every function of the scope.
   */
  readonly function?: string
}

/**
 * Decides from the ledger's state alone who may do what, and how often. Routes that use it have
 * `secured` in their schema, and call it once.
 */
export interface Access {
  /**
   * The caller of a request, counted against its limit; sets the headers that tell about limits.
   * @throws AUTHENTICATION_*, CREDENTIAL_*, SIGNATURE_*, CONTENT_DIGEST_MISMATCH,
   * AUTHORITY_UNKNOWN, RATE_LIMITED, and the ledger's own codes for what is frozen, expired,
   * revoked, retired, inactive or not allowed
   */
  require(request: FastifyRequest, reply: FastifyReply, need: Need): Caller
  /**
   * As `require`; but nobody, where the service lets anyone read and the request names no
   * credential. Only for reading.
   * @throws as `require`
   */
  allow(request: FastifyRequest, reply: FastifyReply, need: Need): Caller | undefined
  /**
   * Refuses a request before its body is read, where it has an API key whose limit is used up. All
   * else is `require`'s to say. One that is let through by chance is counted, once.
   * @throws RATE_LIMITED
   */
  refuseSpent(request: FastifyRequest, reply: FastifyReply, served: ServedLedger): void
  /**
   * Who has an API key that stands where this gateway has no other place for one; not counted, but
   * for a stranger where nobody has it. The form of the key says for which ledgers it may be.
   * @throws CREDENTIAL_UNKNOWN, RATE_LIMITED
   */
  holder(request: FastifyRequest, key: string, all: readonly ServedLedger[]): Holder
  /**
   * Of so many more items of a caller, how many its limit allows, counted; sets the headers of a
   * reply again, where there is one.
   */
  takeMore(
    reply: FastifyReply | undefined,
    served: ServedLedger,
    caller: Caller,
    count: number,
  ): number
  /** How many more items the limit of a caller allows now. Counts nothing. */
  left(served: ServedLedger, caller: Caller): number
  /** Writes in a day that the ledger grants a caller; undefined where it sets no limit. */
  writesPerDay(served: ServedLedger, caller: Caller): number | undefined
  /** Sets the headers again where a write changes what they say: the day's. Counts nothing. */
  tell(reply: FastifyReply, served: ServedLedger, caller: Caller): void
  /**
   * Who has the API key of a request that was refused before a route asked; undefined where nobody
   * has it, or there is none. Counts nothing.
   */
  recognise(request: FastifyRequest, served: ServedLedger): Caller | undefined
  /**
   * Says in the request log that a request is of the credential of a statement that was verified,
   * and sets the headers of a reply that tell about its limits. Counts nothing; does nothing where
   * no credential signed it.
   */
  nameSigner(
    request: FastifyRequest,
    served: ServedLedger,
    authority: AuthorityFields,
    reply: FastifyReply | undefined,
  ): void
  /**
   * Whose request it is, counted; whatever else the state says of that credential.
   * @throws as `require`, less what it may not do
   */
  identify(request: FastifyRequest, reply: FastifyReply, served: ServedLedger): Caller
  /**
   * Why a caller may do no more what it was let in for, such as reading a stream that is open; not
   * counted. Undefined while it may.
   */
  whyNoMore(caller: Caller, need: Need): Refusal | undefined
}

/** For the schema of a route that asks `Access`: who may call it is no matter of its address. */
export const secured = {
  security: [{ apiKey: [] }, { httpSignature: [] }] as { [name: string]: string[] }[],
}
