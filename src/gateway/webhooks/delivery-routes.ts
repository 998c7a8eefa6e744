import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import { Type } from 'typebox'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { problemResponses } from '../doors/problem-responses.ts'
import { wholeNumber } from '../doors/rest/schemas.ts'
import { resendRoutes } from './resend-routes.ts'
import { ownWebhook, type WebhookRouteDeps } from './webhook-asking.ts'
import { webhookBase as base, webhookRoute as route } from './webhook-route.ts'
import {
  DeadLetterPage,
  DeadLettersQuery,
  DeliveriesQuery,
  DeliveryPage,
  TestAnswer,
} from './webhook-schemas.ts'

const limitMax = 1000
const limitDefault = 100

/** What became of a webhook's events, and sending them again. */
export const deliveryRoutes: FastifyPluginAsyncTypebox<WebhookRouteDeps> = async (app, deps) => {
  await app.register(pageRoutes, deps)
  await app.register(actRoutes, deps)
  await app.register(resendRoutes, deps)
}

const pageRoutes: FastifyPluginAsyncTypebox<WebhookRouteDeps> = async (app, deps) => {
  const { asking } = deps
  const deliveries = {
    ...route('listDeliveries', 'Attempts, newest first; older ones are not kept.'),
    querystring: DeliveriesQuery,
    response: { 200: DeliveryPage, ...problemResponses },
  }
  app.get(`${base}/deliveries`, { schema: deliveries }, async (request, reply) => {
    const { id } = ownWebhook(request.params.id, await asking(request, reply, 'read'), deps)
    const { at, limit, filters } = pageOf(request.query, { id, list: 'deliveries' })
    const before = at ?? Number.MAX_SAFE_INTEGER
    const found = deps.store.deliveries(id, { before, limit: limit + 1 })
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    const next = last ? { next: encodeCursor(last.number, filters) } : {}
    return { deliveries: page.map(({ webhook: _, ...one }) => one), ...next }
  })
  const dead = {
    ...route('listDeadLetters', 'Events that were given up, oldest first.'),
    querystring: DeliveriesQuery,
    response: { 200: DeadLetterPage, ...problemResponses },
  }
  app.get(`${base}/dead-letters`, { schema: dead }, async (request, reply) => {
    const { id } = ownWebhook(request.params.id, await asking(request, reply, 'read'), deps)
    const { at, limit, filters } = pageOf(request.query, { id, list: 'dead' })
    const found = deps.store.deadLetters(id, { from: at ?? 0, limit: limit + 1 })
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    const next = last ? { next: encodeCursor(last.position + 1, filters) } : {}
    return { deadLetters: page.map(({ isDue: _, ...one }) => one), ...next }
  })
}

const actRoutes: FastifyPluginAsyncTypebox<WebhookRouteDeps> = async (app, deps) => {
  const { asking } = deps
  const forgetting = {
    ...route('deleteDeadLetters', 'Forgets dead letters, all or one: nothing sends them again.'),
    querystring: DeadLettersQuery,
    response: {
      200: Type.Object({ count: Type.Integer({ description: 'Dead letters that are gone.' }) }),
      ...problemResponses,
    },
  }
  app.delete(`${base}/dead-letters`, { schema: forgetting }, async (request, reply) => {
    const asked = await asking(request, reply, 'webhook-change')
    const { id } = ownWebhook(request.params.id, asked, deps)
    const { position: text } = request.query
    const position = text === undefined ? undefined : wholeNumber(text, 'querystring/position')
    // With the worker stopped: what it was about to send, or to bury, is written by then.
    const count = await deps.engine.change(id, () => deps.store.removeDead(id, position))
    return { count }
  })
  const testing = {
    ...route('testWebhook', 'Sends one message that is no event, once.'),
    response: { 200: TestAnswer, ...problemResponses },
  }
  app.post(`${base}/test`, { schema: testing }, async (request, reply) => {
    const asked = await asking(request, reply, 'webhook-change')
    const webhook = ownWebhook(request.params.id, asked, deps)
    const { status, reason, durationMs } = await deps.engine.test(webhook)
    return {
      delivered: reason === undefined,
      ...(status === undefined ? {} : { status }),
      ...(reason === undefined ? {} : { reason }),
      durationMs,
    }
  })
}

type Page = {
  readonly at: number | undefined
  readonly limit: number
  readonly filters: Readonly<Record<string, string>>
}

function pageOf(
  { cursor, limit: text }: { readonly cursor?: string; readonly limit?: string },
  filters: Readonly<Record<string, string>>,
): Page {
  const limit = text === undefined ? limitDefault : wholeNumber(text, 'querystring/limit')
  if (limit < 1 || limit > limitMax) {
    throw new CodedError('REQUEST_INVALID', `querystring/limit: must be 1 to ${limitMax}.`)
  }
  return { at: cursor === undefined ? undefined : decodeCursor(cursor, filters), limit, filters }
}
