import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../kernel/clock.ts'
import type { Access, Caller } from '../access/access.ts'
import type { EventRouteDeps } from '../events/events-route.ts'
import type { RequirePublisher, ServiceNeed } from '../publisher-routes.ts'
import type { ServedLedger, ServedLedgers } from '../served-ledger.ts'
import type { AddressPolicy } from './address-policy.ts'
import type { Webhook } from './webhook.ts'
import type { WebhookEngine } from './webhook-engine.ts'
import { isOfPublisher, requirePublishersEvents } from './webhook-holder.ts'
import type { WebhookStore } from './webhook-store.ts'

export type WebhookRouteDeps = Pick<EventRouteDeps, 'ledgers' | 'feedOf' | 'options'> & {
  readonly store: WebhookStore
  readonly engine: WebhookEngine
  readonly policy: AddressPolicy
  readonly clock: Clock
  readonly node: string
  readonly asking: AskWho
}

export const webhookTags = ['webhooks']

/** Who asks: a credential about its own webhooks, or the publisher about all that it has. */
export type Asking = {
  readonly served: ServedLedger
  readonly caller: Caller
  readonly isPublisher: boolean
}

/** Finds out who asks about the webhooks of the service that the path names. */
export type AskWho = (
  request: FastifyRequest,
  reply: FastifyReply,
  need: ServiceNeed,
) => Asking | Promise<Asking>

type Asked = FastifyRequest<{ Params: { ledger: string; service: string } }>

type OfCredentials = { readonly ledgers: ServedLedgers; readonly access: Access }

/** For requests that a credential makes. What it throws: as `Access`. */
export function askCredential({ ledgers, access }: OfCredentials): AskWho {
  return (request, reply) => {
    const { ledger, service } = (request as Asked).params
    const served = ledgers.get(ledger)
    const scope = 'webhooks:write'
    const caller = access.require(request, reply, { served, service, scope })
    return { served, caller, isPublisher: false }
  }
}

type OfPublisher = {
  readonly ledgers: ServedLedgers
  readonly requirePublisher: RequirePublisher
}

/** For requests in the publisher's name. What it throws: as `requirePublisher`, NOT_ALLOWED. */
export function askPublisher({ ledgers, requirePublisher }: OfPublisher): AskWho {
  return async (request, reply, need) => {
    await requirePublisher(request, reply, need)
    const { ledger, service } = (request as Asked).params
    const served = ledgers.get(ledger)
    const credential = requirePublishersEvents(served, service)
    return { served, caller: { service, credential }, isPublisher: true }
  }
}

/** A webhook of the one who asks: what others have is not there. @throws WEBHOOK_NOT_FOUND */
export function ownWebhook(
  id: string,
  asking: Asking,
  { store }: Pick<WebhookRouteDeps, 'store'>,
): Webhook {
  const { served, caller } = asking
  const webhook = store.find(id)
  const isThere = webhook?.ledger === served.ledger.id && webhook.service === caller.service
  if (webhook && isThere && isHeld(webhook, asking)) return webhook
  throw new CodedError('WEBHOOK_NOT_FOUND', 'Whoever asks has no webhook with that id.')
}

/** The webhooks of the one who asks, oldest first. */
export function ownWebhooks(
  asking: Asking,
  { store }: Pick<WebhookRouteDeps, 'store'>,
): readonly Webhook[] {
  const { served, caller } = asking
  const { service } = caller
  const ledger = served.ledger.id
  if (!asking.isPublisher) return store.ofOwner({ ledger, ...caller })
  return store.ofService({ ledger, service }).filter((one) => isHeld(one, asking))
}

function isHeld({ credential }: Webhook, { served, caller, isPublisher }: Asking): boolean {
  return credential === caller.credential || (isPublisher && isOfPublisher(served, credential))
}
