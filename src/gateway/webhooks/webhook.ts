import type { EventFilter } from '../../frameworks/framework.ts'

export type WebhookState = 'active' | 'paused' | 'disabled'

/** A subscription: a service's events, sent to a URL in the ledger's order. */
export type Webhook = {
  readonly id: string
  readonly ledger: string
  readonly service: string
  /**
   * In whose name it reads: a credential, or the publisher, such as `operator/admin`. While that
   * may not read, nothing is sent.
   */
  readonly credential: string
  /** The city node that delivers. */
  readonly node: string
  readonly url: string
  readonly filter: EventFilter
  readonly state: WebhookState
  /** Why it is disabled. */
  readonly reason?: string
  /** Seconds since 1970. */
  readonly created: number
}

/** Where a webhook stands: changes with every attempt. */
export type Progress = {
  /** First position that is not dealt with. */
  readonly position: number
  /** Failed attempts of the event that is next, and when to try again (seconds since 1970). */
  readonly attempts: number
  readonly retryAt: number
  /** Of the first failure after the last success, seconds since 1970. */
  readonly failingSince?: number
}

/** Wrapped secrets: the one that counts, and the one before while both do. */
export type WrappedSecrets = {
  readonly secret: Uint8Array
  readonly old?: { readonly secret: Uint8Array; readonly until: number }
}

export type DeliveryResult = 'delivered' | 'failed' | 'dead'

/** One attempt, as it is listed. */
export type Delivery = {
  readonly webhook: string
  readonly position: number
  /** 1 for the first one of an event. */
  readonly attempt: number
  readonly result: DeliveryResult
  readonly status?: number
  readonly reason?: string
  /** Seconds since 1970. */
  readonly time: number
  readonly durationMs: number
}
