import { randomBytes } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import type { Static } from 'typebox'
import { secured } from '../access/access.ts'
import { problemResponses } from '../doors/problem-responses.ts'
import { PageQuery, pageOf } from '../doors/rest/object-list.ts'
import { ServiceParams } from '../events/event-schemas.ts'
import type { ServedLedger } from '../served-ledger.ts'
import { deliveryRoutes } from './delivery-routes.ts'
import type { Webhook } from './webhook.ts'
import {
  type Asking,
  ownWebhook,
  ownWebhooks,
  type WebhookRouteDeps,
  webhookTags,
} from './webhook-asking.ts'
import {
  Secret,
  WebhookAnswer,
  WebhookChange,
  WebhookCreate,
  WebhookList,
  WebhookParams,
} from './webhook-schemas.ts'
import { checkWebhookUrl } from './webhook-url.ts'

const base = '/ledgers/:ledger/services/:service/webhooks'

/** Everything below …/services/{service}/webhooks. */
export const webhookRoutes: FastifyPluginAsyncTypebox<WebhookRouteDeps> = async (app, deps) => {
  // Secrets are told here, and addresses of receivers can have some in them.
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, requestLog: 'head' }
  })
  await app.register(listRoutes, deps)
  await app.register(oneRoutes, deps)
  await app.register(deliveryRoutes, deps)
}

const listRoutes: FastifyPluginAsyncTypebox<WebhookRouteDeps> = async (app, deps) => {
  const { asking } = deps
  const creating = {
    operationId: 'createWebhook',
    ...secured,
    tags: webhookTags,
    summary: "Has a service's events sent to a URL, signed and in order.",
    params: ServiceParams,
    body: WebhookCreate,
    response: { 201: WebhookAnswer, ...problemResponses },
  }
  app.post(base, { schema: creating }, async (request, reply) => {
    const from = await asking(request, reply, 'webhook-change')
    const { webhook, secret } = create(request.body, from, deps)
    reply.code(201).header('cache-control', 'no-store')
    reply.header('location', `${request.url}/${webhook.id}`)
    return { ...shown(webhook, from.served, deps), secret }
  })
  const listing = {
    operationId: 'listWebhooks',
    ...secured,
    tags: webhookTags,
    summary: 'The webhooks of whoever asks, of a service.',
    params: ServiceParams,
    querystring: PageQuery,
    response: { 200: WebhookList, ...problemResponses },
  }
  app.get(base, { schema: listing }, async (request, reply) => {
    const from = await asking(request, reply, 'read')
    const { served, caller } = from
    const scope = { ledger: served.ledger.id, ...caller, list: 'webhooks' }
    const { items, ...rest } = pageOf(ownWebhooks(from, deps), ageOf, request.query, scope)
    return { webhooks: items.map((one) => shown(one, served, deps)), ...rest }
  })
}

/** Orders webhooks as their store does: by when they were made, then by id. */
const ageOf = ({ created, id }: Webhook) => `${String(created).padStart(16, '0')} ${id}`

const oneRoutes: FastifyPluginAsyncTypebox<WebhookRouteDeps> = async (app, deps) => {
  const { asking } = deps
  const route = (operationId: string, summary: string) => ({
    operationId,
    ...secured,
    tags: webhookTags,
    summary,
    params: WebhookParams,
  })
  const answer = { 200: WebhookAnswer, ...problemResponses }
  const one = { ...route('getWebhook', 'One webhook, and where it stands.'), response: answer }
  app.get(`${base}/:id`, { schema: one }, async (request, reply) => {
    const from = await asking(request, reply, 'read')
    return shown(ownWebhook(request.params.id, from, deps), from.served, deps)
  })
  const summary = 'Changes a webhook. Active again, it goes on where it was.'
  const change = { ...route('changeWebhook', summary), body: WebhookChange, response: answer }
  app.patch(`${base}/:id`, { schema: change }, async (request, reply) => {
    const from = await asking(request, reply, 'webhook-change')
    const webhook = ownWebhook(request.params.id, from, deps)
    return shown(await changed(webhook, request.body, deps), from.served, deps)
  })
  const gone = { 204: { type: 'null', description: 'It is gone.' }, ...problemResponses } as const
  const remove = { ...route('deleteWebhook', 'Ends a webhook for good.'), response: gone }
  app.delete(`${base}/:id`, { schema: remove }, async (request, reply) => {
    const from = await asking(request, reply, 'webhook-change')
    const { id } = ownWebhook(request.params.id, from, deps)
    await deps.engine.change(id, () => deps.store.remove(id))
    return reply.code(204).send(null)
  })
  const text = 'Makes a new secret; for a while both sign.'
  const rotate = { ...route('rotateWebhookSecret', text), response: { 200: Secret } }
  const schema = { ...rotate, response: { ...rotate.response, ...problemResponses } }
  app.post(`${base}/:id/secret`, { schema }, async (request, reply) => {
    const from = await asking(request, reply, 'webhook-change')
    const { id } = ownWebhook(request.params.id, from, deps)
    reply.header('cache-control', 'no-store')
    const overlapSeconds = deps.options.webhookSecretOverlapSeconds
    return { secret: await deps.engine.rotate(id), overlapSeconds }
  })
}

function create(
  { url, filter = {}, from }: Static<typeof WebhookCreate>,
  { served, caller }: Asking,
  { store, engine, policy, clock, node, options, feedOf }: WebhookRouteDeps,
): { readonly webhook: Webhook; readonly secret: string } {
  const checked = checkWebhookUrl(url, policy)
  const ledger = served.ledger.id
  const { credential, service } = caller
  const max = options.webhooksPerCredentialMax
  if (store.countOf({ ledger, credential, service }) >= max) {
    throw new CodedError('WEBHOOKS_TOO_MANY', `There are ${max} webhooks of ${credential} already.`)
  }
  const webhook: Webhook = {
    id: `wh_${randomBytes(12).toString('base64url')}`,
    ...{ ledger, service, credential, node, filter },
    url: checked.href,
    state: 'active',
    created: clock.nowSeconds(),
  }
  return { webhook, secret: engine.create(webhook, from ?? feedOf(served, service).head(service)) }
}

async function changed(
  webhook: Webhook,
  { url, filter, state }: Static<typeof WebhookChange>,
  { store, engine, policy }: WebhookRouteDeps,
): Promise<Webhook> {
  const next = {
    url: url === undefined ? webhook.url : checkWebhookUrl(url, policy).href,
    filter: filter ?? webhook.filter,
  }
  return engine.change(webhook.id, () => {
    // Whoever makes it active again gives it another chance from the beginning.
    const before = store.progress(webhook.id)
    if (state === 'active' && before) {
      store.setProgress(webhook.id, { position: before.position, attempts: 0, retryAt: 0 })
    }
    // As it is by now: it may have been disabled meanwhile, and only `state` takes that back.
    const now = store.find(webhook.id) ?? webhook
    const kept = now.reason === undefined ? {} : { reason: now.reason }
    const standing = state === undefined ? { state: now.state, ...kept } : { state }
    store.change(webhook.id, { ...next, ...standing })
    return store.find(webhook.id) ?? webhook
  })
}

function shown(
  { id, service, credential, url, filter, state, reason, node, created }: Webhook,
  served: ServedLedger,
  { engine, feedOf }: WebhookRouteDeps,
): Static<typeof WebhookAnswer> {
  const head = feedOf(served, service).head(service)
  const stands = engine.standpoint(id) ?? { position: head, attempts: 0, retryAt: 0 }
  const { position, attempts, retryAt, failingSince, held } = stands
  return {
    ...{ id, service, credential, url, filter, state, node },
    ...{ position, head, attempts, created },
    ...(reason === undefined ? {} : { reason }),
    ...(held === undefined ? {} : { held }),
    ...(retryAt === 0 ? {} : { retryAt }),
    ...(failingSince === undefined ? {} : { failingSince }),
  }
}
