import type { JsonObject, JsonValue } from '../kernel/json.ts'

/** A call that changes a service's ledger, for a credential that the gateway has authenticated. */
export type Call = {
  readonly service: string
  /** The credential's id: a city node that signs (key-trust) does it in this name. */
  readonly credential: string
  /** A function of the service; `put` on records. */
  readonly function: string
  readonly args: JsonObject
  /** The caller's own id of this act, 1 to 64 bytes: sent again, it has one effect. */
  readonly id: Uint8Array
}

/** A call that changes nothing. */
export type Question = Pick<Call, 'function' | 'args'> & { readonly credential?: string }

/** Where a committed call is. */
export type Place = {
  /** The framework's own id of the transaction; on records the entry's index in the log. */
  readonly transaction: string
  readonly height: number
  /** Block time, seconds since 1970. */
  readonly time: number
}

/**
 * `isRepeat`: the same act was committed before, and this is where. `result` is what the framework
 * tells beside its place, such as the address of a new contract.
 */
export type CallOutcome =
  | {
      readonly state: 'committed'
      readonly place: Place
      readonly isRepeat: boolean
      readonly result?: JsonObject
    }
  | { readonly state: 'rejected'; readonly code: string; readonly detail: string }

/**
 * What is known of an act. `pending`: under way here, or its fate is not known until a restart.
 * `not_sent`: the ledger does not have it and nothing of it is under way on this node, so that
 * sending it again is safe. `rejected` is told by the node that was told so, for as long as it
 * remembers; after that it is `not_sent`, which is as true: a ledger keeps nothing of it.
 */
export type CallStatus =
  | CallOutcome
  | { readonly state: 'not_sent' }
  /** With the framework's id of its transaction, once it is signed. */
  | { readonly state: 'pending'; readonly transaction?: string }

/** One event of a service, in the ledger's order. */
export type LedgerEvent = {
  /** Where it stands; a reader that has dealt with it goes on at `position + 1`. */
  readonly position: number
  /** The same from every node, for ever. */
  readonly id: string
  /** Such as `record`. */
  readonly type: string
  readonly service: string
  readonly key?: string
  readonly contentType: string
  /** The credential or member in whose name it was written. */
  readonly issuer: string
  readonly place: Place
  readonly payload: Uint8Array
}

export type EventFilter = { readonly key?: string; readonly contentType?: string }

export type EventSlice = {
  readonly events: readonly LedgerEvent[]
  /** Where to read on: everything before it that matches is in `events` or came earlier. */
  readonly next: number
}

/** Events are read, not pushed: a slow reader waits for itself and misses nothing. */
export interface EventReader {
  /** The position that the next committed event of a service will have at least. */
  head(service: string): number
  /** Up to `limit` events of a service at or after `from`, oldest first. */
  read(
    service: string,
    options: { readonly from: number; readonly limit: number } & EventFilter,
  ): Promise<EventSlice>
  /**
   * Settles when an event of the service at or after `position` may be there, or the signal is
   * aborted. Woken by commits of that service alone: thousands of readers may wait.
   */
  waitFor(service: string, position: number, signal: AbortSignal): Promise<void>
}

/**
 * One kind of ledger, seen alike whatever it is. An adapter keeps the promises below by passing
 * `framework-contract.ts`.
 */
export interface Framework {
  /** As services name it: `records`. */
  readonly name: string
  readonly events: EventReader

  /**
   * Makes calls, in order, and answers when they are durable and final as far as the framework
   * tells. One outcome each; one that is rejected does not touch the others.
   * @throws CALL_NOT_SENT (retryable: nothing of it has an effect), CALL_FATE_UNKNOWN (retryable:
   * ask `status`, or send the same call again)
   */
  submit(calls: readonly Call[], signal: AbortSignal): Promise<CallOutcome[]>

  /**
   * Asks without changing anything: on records `get`, `list` and `history`. Some answers depend on
   * the credential that asks.
   * @throws FUNCTION_UNKNOWN, ARGUMENT_INVALID; what is retryable where it cannot tell all by now,
   * such as LISTS_BEHIND: an answer with less than all would mislead
   */
  query(service: string, call: Question): Promise<JsonValue>

  /** What became of an act; it may have come through any gateway. */
  status(act: Pick<Call, 'service' | 'credential' | 'id'>): Promise<CallStatus>

  /** Proof of a committed call, for a verifier with no server; empty while it is pending. */
  receipts(service: string, transaction: string): Uint8Array[]

  /** Undefined while it works; else why not. */
  unhealthy(): string | undefined
}
