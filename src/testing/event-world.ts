import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createGateway, type Gateway, type GatewaySettings } from '../gateway/gateway.ts'
import type { GatewayDeps } from '../gateway/gateway-app.ts'
import { openGatewayDatabase } from '../gateway/gateway-database.ts'
import type { LogFields } from '../gateway/logger.ts'
import type { SubmitOutcome } from '../ledger/ledger.ts'
import { apiKeyOf, putCredential, putService } from './access.ts'
import { testFolder } from './folder.ts'
import { testGatewayDeps, testStatement } from './gateway.ts'

/** A record of a test. */
export type TestRecord = {
  readonly payload: string
  readonly key?: string
  readonly service?: string
  readonly contentType?: string
}

/** Parts of the gateway in a test; what is in the log before it starts. */
type WorldDeps = Partial<GatewayDeps> & {
  readonly folder?: string
  readonly payloads?: readonly string[]
}

const scopes = ['records:write', 'records:read', 'events:read', 'webhooks:write']

/**
 * A gateway that listens, over a ledger in memory with the services `flights` and `sensors` and the
 * credentials `c1` and `c2` of `flights`, `s1` of `sensors`; its database is a file. Ends with
 * `close`.
 */
export class EventWorld {
  readonly parts = testGatewayDeps()
  readonly #folder: string
  readonly deps: GatewayDeps
  /** Tests move it. */
  readonly clock = { now: 1_700_000_500, nowSeconds: () => this.clock.now }
  #gateway: Gateway | undefined
  #records = 0
  #changes = 0

  private constructor(folder: string, more: Partial<GatewayDeps>) {
    this.#folder = folder
    this.parts.deps.database.close()
    this.deps = { ...this.parts.deps, clock: this.clock, ...more, database: this.#openDatabase() }
    for (const id of ['flights', 'sensors']) {
      const roles = [['driver', ['put', 'get', 'list', 'history', 'events']]]
      putService(this.ledger, id, { roles })
    }
    for (const id of ['c1', 'c2']) this.putCredential(id)
    this.putCredential('s1', { service: 'sensors' })
  }

  /** With a folder of its own where none is given. */
  static async create(settings: GatewaySettings = {}, more: WorldDeps = {}) {
    const { folder = testFolder().path, ...deps } = more
    const own = new EventWorld(folder, deps)
    for (const payload of more.payloads ?? []) await own.put(payload)
    await own.open(settings)
    return own
  }

  get ledger() {
    return this.parts.ledger
  }

  putCredential(id: string, more: Parameters<typeof putCredential>[2] = {}): void {
    putCredential(this.ledger, id, { scopes, ...more })
    // A new root, as every change of the state has.
    this.#changes++
    Object.assign(this.ledger.head, { stateRoot: new Uint8Array(32).fill(this.#changes) })
  }

  #openDatabase() {
    return openGatewayDatabase(join(this.#folder, 'gateway.sqlite'))
  }

  /** Where the paths of a service begin. */
  base(service = 'flights'): string {
    const address = this.#gateway?.address ?? ''
    return `${address}/api/v1/ledgers/${this.ledger.id}/services/${service}`
  }

  async open(settings: GatewaySettings = {}): Promise<void> {
    const given = { port: 0, webhookAllow: ['127.0.0.0/8', '::1/128'], ...settings }
    this.#gateway = createGateway(given, this.deps)
    await this.#gateway.start(new AbortController().signal)
  }

  async closeGateway(): Promise<void> {
    await this.#gateway?.close()
    this.#gateway = undefined
  }

  /** As a process that ends well and begins again. */
  async reopen(settings: GatewaySettings = {}): Promise<void> {
    await this.closeGateway()
    this.deps.database.close()
    Object.assign(this.deps, { database: this.#openDatabase() })
    await this.open(settings)
  }

  /** Records in one block; their positions. */
  async put(...records: readonly (string | TestRecord)[]): Promise<number[]> {
    const made = records.map((one) => {
      const { payload, ...more } = typeof one === 'string' ? { payload: one } : one
      const bytes = new TextEncoder().encode(payload)
      return testStatement(this.ledger, `record ${this.#records++}`, { ...more, payload: bytes })
    })
    return (await this.ledger.submit(await Promise.all(made))).map(indexOf)
  }

  /** As `fetch`, below a service and with the API key of a credential. */
  fetch(
    path: string,
    init: RequestInit = {},
    [credential, service]: readonly string[] = ['c1', 'flights'],
  ) {
    const headers = { authorization: `Bearer ${apiKeyOf(String(credential))}`, ...init.headers }
    return fetch(this.base(service) + path, { ...init, headers })
  }

  /** Sends JSON; the answer's status and body. */
  async send(method: string, path: string, body?: unknown, who?: string[]) {
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const given = { method, ...(body === undefined ? {} : json) }
    const response = await this.fetch(path, given, who)
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }

  /** Lines of the log, as fields. */
  get log(): (LogFields & { readonly msg: string })[] {
    return this.parts.lines.map((line) => JSON.parse(line))
  }

  async close(): Promise<void> {
    await this.closeGateway()
    this.deps.database.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function indexOf(outcome: SubmitOutcome | undefined): number {
  return outcome?.outcome === 'appended' ? outcome.index : Number.NaN
}
