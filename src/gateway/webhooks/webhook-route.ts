import { secured } from '../access/access.ts'
import { webhookTags } from './webhook-asking.ts'
import { WebhookParams } from './webhook-schemas.ts'

/** Where everything about one webhook is. */
export const webhookBase = '/ledgers/:ledger/services/:service/webhooks/:id'

/** What the schemas of operations on one webhook share. */
export const webhookRoute = (operationId: string, summary: string) => ({
  operationId,
  ...secured,
  tags: webhookTags,
  summary,
  params: WebhookParams,
})
