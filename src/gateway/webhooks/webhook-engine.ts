import { randomUUID } from 'node:crypto'
import { fromUtf8, utf8 } from '@openbsn/sdk'
import type { KeyEncryption } from '../../crypto/key-encryption.ts'
import type { Clock } from '../../kernel/clock.ts'
import { sourceOf } from '../events/cloud-event.ts'
import type { EventFeed } from '../events/event-feed.ts'
import type { EventOptions } from '../events/event-options.ts'
import type { Standing } from '../events/streams.ts'
import { frameworkOf } from '../framework-of.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import type { ServedLedger } from '../served-ledger.ts'
import type { WriteBehind } from '../write-behind.ts'
import { type Attempt, createDeliverer, type Secrets } from './deliverer.ts'
import type { Sender } from './sender.ts'
import { newSecret } from './signature.ts'
import type { Progress, Webhook } from './webhook.ts'
import type { WebhookStore } from './webhook-store.ts'
import { WebhookWorker } from './webhook-worker.ts'

export type EngineDeps = {
  readonly ledgers: readonly ServedLedger[]
  /** Of a service's framework. @throws SERVICE_UNKNOWN, SERVICE_ELSEWHERE */
  readonly feedOf: (served: ServedLedger, service: string) => EventFeed
  readonly store: WebhookStore
  readonly later: WriteBehind
  readonly sender: Sender
  readonly keys: KeyEncryption
  readonly standing: Standing
  readonly clock: Clock
  readonly chance: () => number
  readonly logger: Logger
  readonly metrics: Metrics
  /** This city node's id: it delivers the webhooks that are at home here. */
  readonly node: string
}

/** Where a webhook stands now. */
export type Standpoint = Progress & { readonly held?: string }

/** Delivers the webhooks of this node, each by a worker of its own. */
export interface WebhookEngine {
  start(): void
  /** Makes a webhook and its secret, which is told this once. */
  create(webhook: Webhook, position: number): string
  /** Makes a new secret; the one before counts for `webhookSecretOverlapSeconds` more. */
  rotate(id: string): Promise<string>
  /** Stops the worker, makes the change, and goes on by what is stored then. */
  change<T>(id: string, change: () => T): Promise<T>
  standpoint(id: string): Standpoint | undefined
  /** Sends one message that is no event, once. */
  test(webhook: Webhook): Promise<Attempt>
  /** Age of the oldest event that is being delivered. */
  oldestPendingSeconds(): number
  close(): Promise<void>
}

type Running = { readonly worker: WebhookWorker; readonly ended: Promise<void> }

const contextOf = (id: string) => `webhook/${id}`

/** An engine that has not started. */
export function createWebhookEngine(options: EventOptions, deps: EngineDeps): WebhookEngine {
  const running = new Map<string, Running>()
  const inTurn = createTurns()
  const { store, later, clock } = deps
  let isClosed = false

  function launch(webhook: Webhook | undefined): void {
    if (!webhook) return
    const served = deps.ledgers.find(({ ledger }) => ledger.id === webhook.ledger)
    const progress = store.progress(webhook.id)
    const isHere = webhook.node === deps.node && webhook.state === 'active'
    if (!served || !progress || !isHere || isClosed) return
    const known = startable(webhook, served, deps)
    if (!known) return
    const { secrets, ...parts } = known
    const worker = new WebhookWorker({ webhook, progress, secrets, options }, parts)
    const ended = worker.run().then(
      () => {
        if (running.get(webhook.id)?.worker === worker) running.delete(webhook.id)
      },
      (err) => {
        logFailure(webhook, err, deps)
      },
    )
    running.set(webhook.id, { worker, ended })
  }

  async function stop(id: string): Promise<void> {
    const one = running.get(id)
    running.delete(id)
    one?.worker.stop()
    await one?.ended
    later.flush()
  }

  const change = <T>(id: string, act: () => T): Promise<T> =>
    inTurn(id, async () => {
      await stop(id)
      try {
        return act()
      } finally {
        launch(store.find(id))
      }
    })

  return {
    start() {
      for (const { ledger } of deps.ledgers) {
        for (const one of store.activeOf({ ledger: ledger.id, node: deps.node })) launch(one)
      }
    },
    create(webhook, position) {
      const secret = newSecret()
      const wrapped = deps.keys.wrap(utf8(secret), contextOf(webhook.id))
      store.insert(webhook, { position, attempts: 0, retryAt: 0 }, { secret: wrapped })
      launch(webhook)
      return secret
    },
    rotate(id) {
      return change(id, () => {
        const secret = newSecret()
        const before = store.secrets(id)
        const until = clock.nowSeconds() + options.webhookSecretOverlapSeconds
        store.setSecrets(id, {
          secret: deps.keys.wrap(utf8(secret), contextOf(id)),
          ...(before ? { old: { secret: before.secret, until } } : {}),
        })
        return secret
      })
    },
    change,
    standpoint(id) {
      const worker = running.get(id)?.worker
      const held = worker?.held === undefined ? {} : { held: worker.held }
      const progress = worker?.progress ?? store.progress(id)
      return progress ? { ...progress, ...held } : undefined
    },
    test: (webhook) => sendTest(webhook, options, deps),
    oldestPendingSeconds() {
      const since = [...running.values()].flatMap(({ worker }) => worker.pendingSince ?? [])
      return since.length === 0 ? 0 : Math.max(0, clock.nowSeconds() - Math.min(...since))
    },
    async close() {
      isClosed = true
      await Promise.all([...running.keys()].map(stop))
    },
  }
}

function workerDeps(webhook: Webhook, served: ServedLedger, deps: EngineDeps) {
  const { credential, service } = webhook
  return {
    ...deps,
    feed: deps.feedOf(served, service),
    reader: frameworkOf(served, service).events,
    standing: () => deps.standing(served, { credential, service }),
    onResult: deps.metrics.webhookDelivery,
    onDisabled: (why: string) =>
      deps.logger.warn(
        { event: 'webhook.disabled', app_id: service, actor: credential },
        `webhook ${webhook.id} is disabled: ${why}`,
      ),
  }
}

/** Changes of one webhook one after the other: else a worker could outlive the next change. */
function createTurns() {
  const turns = new Map<string, Promise<void>>()
  return <T>(id: string, act: () => Promise<T>): Promise<T> => {
    const turn = (turns.get(id) ?? Promise.resolve()).then(act)
    const ended = turn.then(
      () => {},
      () => {},
    )
    turns.set(id, ended)
    void ended.then(() => turns.get(id) === ended && turns.delete(id))
    return turn
  }
}

/**
 * Undefined where its secrets do not unwrap, or its service is not run here any more: the others
 * are delivered all the same.
 */
function startable(webhook: Webhook, served: ServedLedger, deps: EngineDeps) {
  try {
    return { ...workerDeps(webhook, served, deps), secrets: unwrapped(webhook.id, deps) }
  } catch (err) {
    logFailure(webhook, err, deps)
    return undefined
  }
}

function logFailure({ id, service }: Webhook, err: unknown, { logger }: EngineDeps): void {
  const fields = { event: 'webhook.failed', app_id: service, err }
  logger.error(fields, `webhook ${id} is not delivered until the next start`)
}

function unwrapped(id: string, { store, keys }: EngineDeps): Secrets {
  const wrapped = store.secrets(id)
  const open = (secret: Uint8Array) => fromUtf8(keys.unwrap(secret, contextOf(id))) ?? ''
  const { secret = new Uint8Array(), old } = wrapped ?? {}
  return {
    secret: open(secret),
    ...(old ? { old: { secret: open(old.secret), until: old.until } } : {}),
  }
}

async function sendTest(
  webhook: Webhook,
  { webhookTimeoutMs }: EventOptions,
  deps: EngineDeps,
): Promise<Attempt> {
  const { id, ledger, service } = webhook
  const name = randomUUID()
  const body = JSON.stringify({
    specversion: '1.0',
    id: name,
    source: sourceOf(ledger, service),
    type: 'org.openbsn.test',
    time: new Date(deps.clock.nowSeconds() * 1000).toISOString().replace('.000Z', 'Z'),
    datacontenttype: 'application/json',
    data: { webhook: id },
  })
  const send = createDeliverer(webhook, unwrapped(id, deps), deps)
  return send({ id: `msg_test_${name}`, body }, AbortSignal.timeout(webhookTimeoutMs * 2))
}
