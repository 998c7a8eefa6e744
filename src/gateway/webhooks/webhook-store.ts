import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { WriteBehind } from '../write-behind.ts'
import type { Delivery, Progress, Webhook, WebhookState, WrappedSecrets } from './webhook.ts'

type Row = Record<string, SQLOutputValue>
export type Owner = Pick<Webhook, 'ledger' | 'service' | 'credential'>

/** Webhooks, where they stand and what was tried. What returns is on disk, but for `later`. */
export interface WebhookStore {
  insert(webhook: Webhook, progress: Progress, secrets: WrappedSecrets): void
  find(id: string): Webhook | undefined
  /** Those in one name, oldest first. */
  ofOwner(owner: Owner): Webhook[]
  /** Those of everybody who has some of a service, oldest first. */
  ofService(place: Omit<Owner, 'credential'>): Webhook[]
  countOf(owner: Owner): number
  /** Those that a node delivers on a ledger and that are active. */
  activeOf(home: { readonly ledger: string; readonly node: string }): Webhook[]
  change(id: string, change: Pick<Webhook, 'url' | 'filter' | 'state' | 'reason'>): void
  remove(id: string): void
  progress(id: string): Progress | undefined
  setProgress(id: string, progress: Progress): void
  secrets(id: string): WrappedSecrets | undefined
  setSecrets(id: string, secrets: WrappedSecrets): void
  /** Attempts, newest first, below `before`. */
  deliveries(id: string, page: { before: number; limit: number }): (Delivery & Numbered)[]
  /** Positions of dead letters from `from` on, oldest first. */
  deadLetters(id: string, page: { from: number; limit: number }): DeadLetter[]
  /** Marks all dead letters as due; says how many there are. */
  replayDead(id: string): number
  /** Makes what was sent for a position due again: until it is delivered it is a dead letter. */
  replayOne(id: string, asked: { position: number; time: number }): void
  /** Forgets all dead letters, or that of one position; says how many there were. */
  removeDead(id: string, position: number | undefined): number
  nextDue(id: string): number | undefined
  /** Written a moment later, all of one attempt together: see `createWriteBehind`. */
  later: {
    attempt(delivery: Delivery, progress: Progress): void
    /** An attempt of a dead letter: gone where it was delivered, no more due where it failed. */
    deadAttempt(delivery: Delivery): void
    disable(id: string, reason: string): void
  }
}

export type Numbered = { readonly number: number }
export type DeadLetter = {
  readonly position: number
  readonly reason: string
  readonly time: number
  readonly isDue: boolean
}

type Deps = { readonly database: DatabaseSync; readonly later: WriteBehind }

/** More than are kept may stand there for so many attempts. */
const pruneEvery = 64

/** Over the gateway's database; `kept` attempts of each webhook can be listed. */
export function createWebhookStore({ kept }: { readonly kept: number }, deps: Deps): WebhookStore {
  const { database, later } = deps
  const sql = statements(database)
  const own = (id: string, p: Progress) =>
    [p.position, p.attempts, p.retryAt, p.failingSince ?? null, id] as const
  const written = new Map<string, number>()

  function insertDelivery({ webhook, position, attempt, result, ...more }: Delivery): void {
    const { status = null, reason = null, time, durationMs } = more
    sql.deliver.run(webhook, position, attempt, result, status, reason, time, durationMs)
    if (result === 'dead') sql.bury.run(webhook, position, reason ?? '', time)
    // Not at each: it looks for the end of what is kept.
    const count = (written.get(webhook) ?? 0) + 1
    written.set(webhook, count)
    if (count % pruneEvery === 0) sql.prune.run(webhook, webhook, kept)
  }

  return {
    ...readers(sql),
    insert(hook, progress, { secret }) {
      const { id, ledger, service, credential, node, url, filter, state, created } = hook
      const names = [id, ledger, service, credential, node, url] as const
      const [key, type] = [filter.key ?? null, filter.contentType ?? null]
      sql.insert.run(...names, key, type, progress.position, state, secret, created)
    },
    change(id, { url, filter, state, reason = null }) {
      sql.change.run(url, filter.key ?? null, filter.contentType ?? null, state, reason, id)
    },
    remove: (id) => void sql.remove.run(id),
    setProgress: (id, progress) => void sql.progress.run(...own(id, progress)),
    setSecrets(id, { secret, old }) {
      sql.setSecrets.run(secret, old?.secret ?? null, old?.until ?? null, id)
    },
    replayDead: (id) => Number(sql.replayDead.run(id).changes),
    replayOne: (id, { position, time }) => void sql.replayOne.run(id, position, time),
    removeDead: (id, position) =>
      Number(
        (position === undefined ? sql.unburyAll.run(id) : sql.unbury.run(id, position)).changes,
      ),
    later: {
      attempt(delivery, progress) {
        const { webhook: id, position, attempt } = delivery
        later.set(`attempt ${id} ${position} ${attempt}`, () => insertDelivery(delivery))
        later.set(`progress ${id}`, () => sql.progress.run(...own(id, progress)))
      },
      deadAttempt(delivery) {
        const { webhook: id, position } = delivery
        later.set(`dead ${id} ${position}`, () => {
          if (delivery.result === 'delivered') sql.unbury.run(id, position)
          else sql.notDue.run(delivery.reason ?? '', id, position)
          insertDelivery(delivery)
        })
      },
      disable: (id, reason) => later.set(`disable ${id}`, () => sql.disable.run(reason, id)),
    },
  }
}

type Statements = ReturnType<typeof statements>

function statements(database: DatabaseSync) {
  const on = (text: string) => database.prepare(text)
  return {
    insert: on(
      `INSERT INTO webhooks (id, ledger, service, credential, node, url, filter_key,
         filter_content_type, position, attempts, retry_at, state, secret, created)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?)`,
    ),
    find: on('SELECT * FROM webhooks WHERE id = ?'),
    ofOwner: on(
      `SELECT * FROM webhooks WHERE ledger = ? AND credential = ? AND service = ?
       ORDER BY created, id`,
    ),
    ofService: on('SELECT * FROM webhooks WHERE ledger = ? AND service = ? ORDER BY created, id'),
    countOf: on(
      `SELECT count(*) AS count FROM webhooks
       WHERE ledger = ? AND credential = ? AND service = ?`,
    ),
    activeOf: on("SELECT * FROM webhooks WHERE ledger = ? AND node = ? AND state = 'active'"),
    change: on(
      `UPDATE webhooks SET url = ?, filter_key = ?, filter_content_type = ?, state = ?, reason = ?
       WHERE id = ?`,
    ),
    disable: on("UPDATE webhooks SET state = 'disabled', reason = ? WHERE id = ?"),
    remove: on('DELETE FROM webhooks WHERE id = ?'),
    progress: on(
      `UPDATE webhooks SET position = ?, attempts = ?, retry_at = ?, failing_since = ?
       WHERE id = ?`,
    ),
    setSecrets: on(
      'UPDATE webhooks SET secret = ?, old_secret = ?, old_secret_until = ? WHERE id = ?',
    ),
    // A webhook may be gone by the time its last attempts are written.
    deliver: on(
      `INSERT INTO deliveries
         (webhook, position, attempt, result, status, reason, time, duration_ms)
       SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM webhooks WHERE id = ?1`,
    ),
    prune: on(
      `DELETE FROM deliveries WHERE webhook = ? AND number <= (SELECT number FROM deliveries
       WHERE webhook = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`,
    ),
    deliveries: on(
      `SELECT * FROM deliveries WHERE webhook = ? AND number < ?
       ORDER BY number DESC LIMIT ?`,
    ),
    bury: on(
      `INSERT OR REPLACE INTO dead_letters
       SELECT id, ?2, ?3, ?4, 0 FROM webhooks WHERE id = ?1`,
    ),
    unbury: on('DELETE FROM dead_letters WHERE webhook = ? AND position = ?'),
    unburyAll: on('DELETE FROM dead_letters WHERE webhook = ?'),
    notDue: on('UPDATE dead_letters SET is_due = 0, reason = ? WHERE webhook = ? AND position = ?'),
    replayOne: on(
      `INSERT INTO dead_letters SELECT id, ?2, 'asked_for', ?3, 1 FROM webhooks WHERE id = ?1
       ON CONFLICT (webhook, position) DO UPDATE SET is_due = 1`,
    ),
    replayDead: on('UPDATE dead_letters SET is_due = 1 WHERE webhook = ?'),
    nextDue: on(
      `SELECT position FROM dead_letters WHERE webhook = ? AND is_due = 1
       ORDER BY position LIMIT 1`,
    ),
    deadLetters: on(
      `SELECT * FROM dead_letters WHERE webhook = ? AND position >= ?
       ORDER BY position LIMIT ?`,
    ),
  }
}

function readers(sql: Statements) {
  return {
    find: (id: string) => webhookOf(sql.find.get(id)),
    ofOwner: ({ ledger, credential, service }: Owner) =>
      sql.ofOwner.all(ledger, credential, service).flatMap((row) => webhookOf(row) ?? []),
    ofService: ({ ledger, service }: Omit<Owner, 'credential'>) =>
      sql.ofService.all(ledger, service).flatMap((row) => webhookOf(row) ?? []),
    countOf: ({ ledger, credential, service }: Owner) =>
      Number(sql.countOf.get(ledger, credential, service)?.count),
    activeOf: ({ ledger, node }: { readonly ledger: string; readonly node: string }) =>
      sql.activeOf.all(ledger, node).flatMap((row) => webhookOf(row) ?? []),
    progress: (id: string) => progressOf(sql.find.get(id)),
    secrets: (id: string) => secretsOf(sql.find.get(id)),
    deliveries: (id: string, { before, limit }: { before: number; limit: number }) =>
      sql.deliveries.all(id, before, limit).map(deliveryOf),
    deadLetters: (id: string, { from, limit }: { from: number; limit: number }) =>
      sql.deadLetters.all(id, from, limit).map((row) => ({
        position: Number(row.position),
        reason: String(row.reason),
        time: Number(row.time),
        isDue: row.is_due === 1,
      })),
    nextDue: (id: string) => {
      const row = sql.nextDue.get(id)
      return row ? Number(row.position) : undefined
    },
  }
}

function webhookOf(row: Row | undefined): Webhook | undefined {
  if (!row) return undefined
  const text = (name: string) => String(row[name])
  const { filter_key: key, filter_content_type: contentType, reason } = row
  return {
    id: text('id'),
    ledger: text('ledger'),
    service: text('service'),
    credential: text('credential'),
    node: text('node'),
    url: text('url'),
    filter: {
      ...(typeof key === 'string' ? { key } : {}),
      ...(typeof contentType === 'string' ? { contentType } : {}),
    },
    state: text('state') as WebhookState,
    ...(typeof reason === 'string' ? { reason } : {}),
    created: Number(row.created),
  }
}

function progressOf(row: Row | undefined): Progress | undefined {
  if (!row) return undefined
  const since = row.failing_since
  return {
    position: Number(row.position),
    attempts: Number(row.attempts),
    retryAt: Number(row.retry_at),
    ...(typeof since === 'number' ? { failingSince: since } : {}),
  }
}

function secretsOf(row: Row | undefined): WrappedSecrets | undefined {
  if (!row) return undefined
  const { secret, old_secret: old, old_secret_until: until } = row
  const before =
    old instanceof Uint8Array && typeof until === 'number' ? { old: { secret: old, until } } : {}
  return { secret: secret as Uint8Array, ...before }
}

function deliveryOf(row: Row): Delivery & Numbered {
  return {
    number: Number(row.number),
    webhook: String(row.webhook),
    position: Number(row.position),
    attempt: Number(row.attempt),
    result: String(row.result) as Delivery['result'],
    ...(typeof row.status === 'number' ? { status: row.status } : {}),
    ...(typeof row.reason === 'string' ? { reason: row.reason } : {}),
    time: Number(row.time),
    durationMs: Number(row.duration_ms),
  }
}
