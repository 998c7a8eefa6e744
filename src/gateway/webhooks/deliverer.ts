import type { LedgerEvent } from '../../frameworks/framework.ts'
import type { Clock } from '../../kernel/clock.ts'
import { cloudEvent } from '../events/cloud-event.ts'
import type { PostResult, Sender } from './sender.ts'
import { signatureHeaders } from './signature.ts'
import type { Webhook } from './webhook.ts'

export type Secrets = {
  readonly secret: string
  readonly old?: { readonly secret: string; readonly until: number }
}

export type DelivererDeps = { readonly sender: Sender; readonly clock: Clock }

/** A request and what became of it. */
export type Attempt = PostResult & { readonly time: number; readonly durationMs: number }

/** Of every message. */
export const contentType = 'application/cloudevents+json; charset=utf-8'

type Message = { readonly id: string; readonly body: string }

/** Sends messages of one webhook: signed, and timed. */
export function createDeliverer(
  webhook: Pick<Webhook, 'url'>,
  secrets: Secrets,
  { sender, clock }: DelivererDeps,
) {
  const url = new URL(webhook.url)
  return async ({ id, body }: Message, signal: AbortSignal): Promise<Attempt> => {
    const timestamp = clock.nowSeconds()
    const { secret, old } = secrets
    const both = old && timestamp < old.until ? [secret, old.secret] : [secret]
    const headers = {
      'content-type': contentType,
      'user-agent': 'OpenBSN-Webhooks/1',
      ...signatureHeaders({ id, timestamp, body }, both),
    }
    const start = performance.now()
    const result = await sender.post({ url, headers, body }, signal)
    return { ...result, time: timestamp, durationMs: Math.round(performance.now() - start) }
  }
}

/**
 * The message of an event. Its id is the same at every attempt, after every restart and from every
 * node: receivers know by it what they have already.
 */
export function messageOf({ id, ledger }: Webhook, event: LedgerEvent): Message {
  return { id: `msg_${id}_${event.position}`, body: cloudEvent(event, ledger) }
}
