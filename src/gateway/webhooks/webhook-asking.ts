import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../kernel/clock.ts'
import type { Access, Caller } from '../access/access.ts'
import type { EventRouteDeps } from '../events/events-route.ts'
import type { ServedLedger } from '../served-ledger.ts'
import type { AddressPolicy } from './address-policy.ts'
import type { Webhook } from './webhook.ts'
import type { WebhookEngine } from './webhook-engine.ts'
import type { WebhookStore } from './webhook-store.ts'

export type WebhookRouteDeps = Pick<EventRouteDeps, 'ledgers' | 'feedOf' | 'options'> & {
  readonly access: Access
  readonly store: WebhookStore
  readonly engine: WebhookEngine
  readonly policy: AddressPolicy
  readonly clock: Clock
  readonly node: string
}

export const webhookTags = ['webhooks']

type Asked = FastifyRequest<{ Params: { ledger: string; service: string } }>
export type Asking = { readonly served: ServedLedger; readonly caller: Caller }

/** Who asks about the webhooks of a service. @throws as `Access` */
export function asking(
  request: FastifyRequest,
  reply: FastifyReply,
  { ledgers, access }: WebhookRouteDeps,
): Asking {
  const { ledger, service } = (request as Asked).params
  const served = ledgers.get(ledger)
  const scope = 'webhooks:write'
  return { served, caller: access.require(request, reply, { served, service, scope }) }
}

/** A webhook of the one who asks: what others have is not there. @throws WEBHOOK_NOT_FOUND */
export function ownWebhook(
  id: string,
  { served, caller }: Asking,
  { store }: Pick<WebhookRouteDeps, 'store'>,
): Webhook {
  const webhook = store.find(id)
  const isOwn =
    webhook?.ledger === served.ledger.id &&
    webhook.service === caller.service &&
    webhook.credential === caller.credential
  if (webhook && isOwn) return webhook
  throw new CodedError('WEBHOOK_NOT_FOUND', 'This credential has no webhook with that id.')
}
