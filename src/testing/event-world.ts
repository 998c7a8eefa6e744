import { CodedError, decodeCbor } from '@openbsn/sdk'
import type { Access } from '../gateway/access/access.ts'
import { createGateway, type Gateway, type GatewaySettings } from '../gateway/gateway.ts'
import type { GatewayDeps } from '../gateway/gateway-app.ts'
import { openGatewayDatabase } from '../gateway/gateway-database.ts'
import type { SubmitOutcome } from '../ledger/ledger.ts'
import { testGatewayDeps } from './gateway.ts'
import { LedgerWorld } from './ledger-world.ts'
import { createTestEvents, type TestEvents } from './test-events.ts'

/**
 * A real ledger with the service `flights` and the credential `c1`, and a gateway over it that
 * listens: everything that events and webhooks need. Its parts are ended by `close`.
 */
export class EventWorld {
  readonly world: LedgerWorld
  readonly events: TestEvents
  readonly lines: string[]
  readonly deps: GatewayDeps
  #gateway: Gateway | undefined
  readonly #database: string

  private constructor(world: LedgerWorld) {
    this.world = world
    this.events = createTestEvents(world.ledger)
    const { deps, lines } = testGatewayDeps()
    const entries = { list: async () => ({ indexes: [], position: 0 }), position: 0 }
    const { ledger, clock } = world
    const ledgers = [{ ledger, entries, events: this.events, isStopped: () => false }]
    this.#database = world.folder.file('gateway.sqlite')
    deps.database.close()
    const database = openGatewayDatabase(this.#database)
    this.deps = { ...deps, ledgers, clock, access: createTestAccess(), database }
    this.lines = lines
  }

  static async create(settings: GatewaySettings = {}, more: Partial<GatewayDeps> = {}) {
    const world = await (await LedgerWorld.create()).settle()
    const own = new EventWorld(world)
    await own.open(settings, more)
    return own
  }

  /** Where the paths of the service begin. */
  get base(): string {
    const address = this.#gateway?.address ?? ''
    return `${address}/api/v1/ledgers/${this.world.id}/services/flights`
  }

  async open(settings: GatewaySettings = {}, more: Partial<GatewayDeps> = {}): Promise<void> {
    const given = { port: 0, webhookAllow: ['127.0.0.0/8'], ...settings }
    this.#gateway = createGateway(given, { ...this.deps, ...more })
    await this.#gateway.start(new AbortController().signal)
  }

  /** Ends the gateway, and its database as a process that begins again has it. */
  async closeGateway(): Promise<void> {
    await this.#gateway?.close()
    this.#gateway = undefined
  }

  async reopen(settings: GatewaySettings = {}): Promise<void> {
    await this.closeGateway()
    this.deps.database.close()
    const database = openGatewayDatabase(this.#database)
    Object.assign(this.deps, { database })
    await this.open(settings)
  }

  /** Records with these payloads, in one block; their positions. */
  async put(...payloads: readonly string[]): Promise<number[]> {
    const more = { contentType: 'application/json' }
    return this.submit(payloads.map((one) => this.world.record(one, more)))
  }

  async submit(statements: readonly Promise<Uint8Array>[]): Promise<number[]> {
    const outcomes = await this.world.ledger.submit(await Promise.all(statements))
    this.events.committed()
    return outcomes.map(indexOf)
  }

  /** As `fetch`, below the service and as `c1`. */
  fetch(path: string, init: RequestInit = {}, credential = 'c1'): Promise<Response> {
    const headers = { authorization: `Bearer ${credential}`, ...init.headers }
    return fetch(this.base + path, { ...init, headers })
  }

  send(method: string, path: string, body?: unknown, credential = 'c1'): Promise<Response> {
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    return this.fetch(path, { method, ...(body === undefined ? {} : json) }, credential)
  }

  async close(): Promise<void> {
    await this.closeGateway()
    this.deps.database.close()
    await this.world.remove()
  }
}

function indexOf(outcome: SubmitOutcome): number {
  if (outcome.outcome !== 'refused') return outcome.index
  throw new CodedError(outcome.code, outcome.detail)
}

/** The bearer's name is the credential; the ledger's state says of which service. */
function createTestAccess(): Access {
  return {
    require(request, _reply, { served, service }) {
      const credential = String(request.headers.authorization ?? '').replace('Bearer ', '')
      const { value } = served.ledger.state(`credential/${credential}`)
      const object = value ? decodeCbor(value) : undefined
      const isRight = object instanceof Map && object.get('service') === service
      if (isRight && object.get('status') === 'active') return { credential, service }
      throw new CodedError('CREDENTIAL_FROZEN', 'The credential may not do that.')
    },
  }
}
