import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import { type Static, Type } from 'typebox'
import type { LedgerEvent } from '../../frameworks/framework.ts'
import { problemResponses } from '../doors/problem-responses.ts'
import { wholeNumber } from '../doors/rest/schemas.ts'
import { frameworkOf } from '../framework-of.ts'
import { contentType, messageOf } from './deliverer.ts'
import type { Webhook } from './webhook.ts'
import { type Asking, ownWebhook, type WebhookRouteDeps } from './webhook-asking.ts'
import { webhookBase as base, webhookRoute as route } from './webhook-route.ts'
import { Replay, WebhookMessage, WebhookMessageParams } from './webhook-schemas.ts'

/** What is sent for an event, and sending it again. */
export const resendRoutes: FastifyPluginAsyncTypebox<WebhookRouteDeps> = async (app, deps) => {
  const { asking } = deps
  const message = {
    ...route('getWebhookMessage', 'What is sent for one event, less the signature of the moment.'),
    params: WebhookMessageParams,
    response: { 200: WebhookMessage, ...problemResponses },
  }
  app.get(`${base}/messages/:position`, { schema: message }, async (request, reply) => {
    const from = await asking(request, reply, 'read')
    const webhook = ownWebhook(request.params.id, from, deps)
    const position = wholeNumber(request.params.position, 'params/position')
    const sent = messageOf(webhook, await eventAt(webhook, position, from))
    return { ...sent, url: webhook.url, contentType }
  })
  const replaying = {
    ...route(
      'replayWebhook',
      'Sends events again: all from a position, the dead letters, or that of one position.',
    ),
    body: Replay,
    response: {
      200: Type.Object({ count: Type.Integer({ description: 'Positions, or dead letters.' }) }),
      ...problemResponses,
    },
  }
  app.post(`${base}/replay`, { schema: replaying }, async (request, reply) => {
    const from = await asking(request, reply, 'webhook-change')
    const webhook = ownWebhook(request.params.id, from, deps)
    const { position } = request.body
    if (position !== undefined) await eventAt(webhook, position, from)
    const again = () => sendAgain(webhook, request.body, deps)
    return { count: await deps.engine.change(webhook.id, again) }
  })
}

function sendAgain(
  { id }: Webhook,
  { from, position }: Static<typeof Replay>,
  { store, clock }: WebhookRouteDeps,
): number {
  const progress = store.progress(id)
  if (from !== undefined) {
    if (!progress || from > progress.position) throw notSentYet('from')
    store.setProgress(id, { position: from, attempts: 0, retryAt: 0 })
    return progress.position - from
  }
  if (position === undefined) return store.replayDead(id)
  if (!progress || position >= progress.position) throw notSentYet('position')
  store.replayOne(id, { position, time: clock.nowSeconds() })
  return 1
}

const notSentYet = (field: string) =>
  new CodedError('REQUEST_INVALID', `body/${field}: lies after what was sent.`)

/** @throws EVENT_NOT_FOUND */
async function eventAt(
  { service, filter }: Webhook,
  position: number,
  { served }: Asking,
): Promise<LedgerEvent> {
  const { events } = frameworkOf(served, service)
  const { events: found } = await events.read(service, { from: position, limit: 1, ...filter })
  const event = found.find((one) => one.position === position)
  if (event) return event
  throw new CodedError('EVENT_NOT_FOUND', 'The webhook has no event at that position.')
}
