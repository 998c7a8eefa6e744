import { type AskJson, askAll, queryText } from './json-send.ts'

export type WebhookFilter = { readonly key?: string; readonly contentType?: string }

export type NewWebhook = {
  readonly url: string
  readonly filter?: WebhookFilter
  /** First position to send; what comes from now on where absent. */
  readonly from?: number
}

/** A webhook and where it stands; times in seconds since 1970. */
export type WebhookObject = {
  readonly id: string
  readonly service: string
  /** In whose name it reads; with a slash, such as `operator/admin`: the publisher. */
  readonly credential: string
  readonly url: string
  readonly filter: WebhookFilter
  readonly state: 'active' | 'paused' | 'disabled'
  /** Why it is disabled. */
  readonly reason?: string
  /** Code of what holds it up now. */
  readonly held?: string
  /** City node that delivers it. */
  readonly node: string
  /** First position that is not dealt with. */
  readonly position: number
  readonly head: number
  /** Failed attempts of the event that is next. */
  readonly attempts: number
  readonly retryAt?: number
  readonly failingSince?: number
  readonly created: number
  /** `whsec_…`, told once: when it was made. */
  readonly secret?: string
}

export type WebhookDelivery = {
  /** Grows with each attempt, over all webhooks of the node. */
  readonly number: number
  readonly position: number
  readonly attempt: number
  readonly result: 'delivered' | 'failed' | 'dead'
  readonly status?: number
  readonly reason?: string
  readonly time: number
  readonly durationMs: number
}

/** An event that was given up: why, and when, in seconds since 1970. */
export type WebhookDeadLetter = {
  readonly position: number
  readonly reason: string
  readonly time: number
}

/** What is sent for an event, less the signature of the moment. */
export type WebhookMessage = {
  /** The header `webhook-id`: the same at every attempt. */
  readonly id: string
  readonly url: string
  readonly contentType: string
  /** A CloudEvent, as JSON. */
  readonly body: string
}

export type WebhookTest = {
  readonly delivered: boolean
  readonly status?: number
  readonly reason?: string
  readonly durationMs: number
}

/**
 * Webhooks of one service: those of the credential that asks, which needs the scope
 * `webhooks:write`; in the portal, those of whoever published it.
 */
export interface Webhooks {
  /** The answer alone has `secret`. @throws WEBHOOK_*, WEBHOOKS_TOO_MANY */
  create(webhook: NewWebhook): Promise<WebhookObject>
  list(): Promise<readonly WebhookObject[]>
  get(id: string): Promise<WebhookObject>
  /** Active again, it goes on where it was. */
  change(
    id: string,
    change: Partial<Pick<NewWebhook, 'url' | 'filter'>> & { readonly state?: 'active' | 'paused' },
  ): Promise<WebhookObject>
  delete(id: string): Promise<void>
  /** A new secret; for a while both sign. */
  rotate(id: string): Promise<{ readonly secret: string; readonly overlapSeconds: number }>
  /** Attempts, newest first. */
  deliveries(
    id: string,
    query?: { readonly cursor?: string; readonly limit?: number },
  ): Promise<{ readonly deliveries: readonly WebhookDelivery[]; readonly next?: string }>
  /** Events that were given up, oldest first. */
  deadLetters(
    id: string,
    query?: { readonly cursor?: string; readonly limit?: number },
  ): Promise<{ readonly deadLetters: readonly WebhookDeadLetter[]; readonly next?: string }>
  /** Forgets that of a position, or all; returns how many there were. */
  forgetDeadLetters(id: string, position?: number): Promise<number>
  /** What is sent for the event at a position. @throws EVENT_NOT_FOUND */
  message(id: string, position: number): Promise<WebhookMessage>
  /** Sends again all from a position, the dead letters, or that of one position; how many. */
  replay(
    id: string,
    what:
      | { readonly from: number }
      | { readonly deadLetters: true }
      | { readonly position: number },
  ): Promise<{
    readonly count: number
  }>
  /** Sends one message that is no event, once. */
  test(id: string): Promise<WebhookTest>
}

/** The same again would be another webhook, another secret. */
const once = { method: 'POST', isRepeatable: false } as const

/** @throws nothing; the first request does */
export function createWebhooks(ask: AskJson, service: string): Webhooks {
  const base = `/services/${encodeURIComponent(service)}/webhooks`
  const at = (id: string) => `${base}/${encodeURIComponent(id)}`
  return {
    create: (webhook) => ask(base, { ...once, body: webhook }),
    list: () => askAll<WebhookObject>(ask, base, 'webhooks'),
    get: (id) => ask(at(id)),
    change: (id, change) => ask(at(id), { method: 'PATCH', body: change }),
    delete: (id) => ask(at(id), { method: 'DELETE' }),
    rotate: (id) => ask(`${at(id)}/secret`, once),
    deliveries: (id, query = {}) => ask(`${at(id)}/deliveries${queryText(query)}`),
    deadLetters: (id, query = {}) => ask(`${at(id)}/dead-letters${queryText(query)}`),
    forgetDeadLetters: async (id, position) => {
      const path = `${at(id)}/dead-letters${queryText({ position })}`
      return (await ask<{ count: number }>(path, { method: 'DELETE' })).count
    },
    message: (id, position) => ask(`${at(id)}/messages/${position}`),
    replay: (id, what) => ask(`${at(id)}/replay`, { ...once, body: what }),
    test: (id) => ask(`${at(id)}/test`, once),
  }
}
