import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type CborValue, encodeCoseKey } from '@openbsn/sdk'
import { createKeyEncryption } from '../../src/crypto/key-encryption.ts'
import type { HostedChannel } from '../../src/frameworks/fabric/hosted-channel.ts'
import type { EndpointName } from '../../src/gateway/doors/bsn/endpoints.ts'
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts'
import { openGatewayDatabase } from '../../src/gateway/gateway-database.ts'
import { createLogger } from '../../src/gateway/logger.ts'
import { createMetrics } from '../../src/gateway/metrics.ts'
import { assert } from '../../src/kernel/assert.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { Projection } from '../../src/ledger/projection/projection.ts'
import { openUsage } from '../../src/node/open-usage.ts'
import {
  type BsnAnswer,
  type BsnClient,
  bsnRequest,
  namedKey,
} from '../../src/testing/bsn-client.ts'
import { until } from '../../src/testing/engine-program.ts'
import { FabricNetwork } from '../../src/testing/fabric-network.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { fabricOf, hostedChannel } from '../../src/testing/hosted-channel.ts'
import { credentialOf, LedgerWorld } from '../../src/testing/ledger-world.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'

const presets = join(import.meta.dirname, '../../src/frameworks/fabric/contracts/presets')
const fail = (error: Error) => {
  throw error
}

/** What a call is answered. */
export type Called = {
  readonly blockInfo: { readonly txId: string; readonly blockHash: string; readonly status: number }
  readonly ccRes: { readonly ccCode: number; readonly ccData: string }
}
/** What is told of a transaction. */
export type Shown = {
  readonly status: number
  readonly createName: string
  readonly blockNumber: number
}

export const newNonce = () => randomBytes(24).toString('base64')

/** A key and its value, as the contract takes them. */
export const pair = (baseKey: string, baseValue: unknown) => JSON.stringify({ baseKey, baseValue })

/** Services by their key mode; a service's channel and its application are called after it. */
export const services = { assets: 'key-trust', deeds: 'public-key-upload' } as const
export type ServiceName = keyof typeof services

/**
 * A gateway that listens, over a real ledger in a sandbox and two organisations of real Fabric with
 * the key-value contract `kv` in the channel of each service.
 */
export class BsnWorld {
  readonly folder = testFolder()
  readonly lines: string[] = []
  readonly database = this.folder.file('gateway.sqlite')
  readonly ledgers: LedgerWorld
  readonly network: FabricNetwork
  readonly #hosted = new Map<string, HostedChannel>()
  readonly #kek = createKeyEncryption(randomBytes(32))
  #gateway: Gateway | undefined
  #closing: (() => Promise<void> | void)[] = []

  private constructor(ledgers: LedgerWorld, network: FabricNetwork) {
    this.ledgers = ledgers
    this.network = network
  }

  static async create(): Promise<BsnWorld> {
    const network = await FabricNetwork.create({ kv: join(presets, 'key-value.ts') })
    // Certificates and proposals have the time of this machine.
    const now = systemClock.nowSeconds()
    const world = new BsnWorld(await LedgerWorld.create({ environment: 'sandbox', now }), network)
    const [first] = network.organisations
    for (const [service, keyMode] of Object.entries(services)) {
      await network.openChannel(service, { kv: 'kv' })
      if (first) world.#hosted.set(service, await hostedChannel(first, service))
      // The ledger has no services of Fabric yet: those of chains have the same functions.
      await world.ledgers.done('service-create', { id: service, framework: 'fabric', keyMode })
      await world.addApplication(service as ServiceName, `${service}-key`)
    }
    await world.start()
    return world
  }

  /** An application of a service, whose key is that of the same name. */
  async addApplication(
    service: ServiceName,
    id: string,
    bounds: Record<string, CborValue> = {},
  ): Promise<BsnClient> {
    const keys = [encodeCoseKey(namedSigner(id, 'ES256').key)]
    const scopes = ['records:write', 'records:read', 'webhooks:write']
    const more = { service, keys, scopes, ...bounds }
    await this.ledgers.done('credential-create', credentialOf(id, more))
    return this.client(id)
  }

  client(id: string): BsnClient {
    return { userCode: `admin@${this.ledgers.id}`, appCode: id, key: namedKey(id) }
  }

  get address(): string {
    return this.#gateway?.address ?? ''
  }

  async gatewayKey(): Promise<string> {
    return (await fetch(`${this.address}/api/app/gateway-key`)).text()
  }

  /** The gateway, with what is in its database. */
  async start(): Promise<void> {
    const { ledger } = this.ledgers
    const size = () => ledger.head.firstIndex + ledger.head.count
    const source = { size, entriesFrom: (from: number) => ledger.store.entriesFrom(from) }
    const entries = new Projection(
      { folder: this.folder.file('lists') },
      { source, onFailure: fail },
    )
    const counts = { size, onFailure: fail }
    const usage = openUsage(this.folder.file('usage'), ledger.store, counts)
    const database = openGatewayDatabase(this.database)
    const fabric = fabricOf((service) => this.#hosted.get(service))
    const isStopped = () => false
    const served = { ledger, entries, usage, frameworks: new Map(), fabric, isStopped }
    this.#gateway = createGateway(
      { port: 0, webhookAllow: ['127.0.0.0/8'], webhooksPerCredentialMax: 2 },
      {
        ledgers: [served],
        ...{ clock: systemClock, database, keys: this.#kek, node: 'test', version: '0.0.0' },
        chance: () => 0.5,
        logger: createLogger(
          { service: 'bsn', node: 'test', level: 'debug' },
          { stream: { write: (line) => void this.lines.push(line) } },
        ),
        metrics: createMetrics({ version: '0.0.0', processMetrics: false }),
        diskFreeBytes: async () => 1e12,
      },
    )
    await this.#gateway.start(AbortSignal.timeout(10_000))
    this.#closing = [() => database.close(), () => entries.close(), () => usage.close()]
  }

  /** A request as it stands, and its answer. */
  async send(path: string, request: unknown): Promise<BsnAnswer> {
    const init = { method: 'POST', body: JSON.stringify(request) }
    const answer = await fetch(`${this.address}/api/fabric/v1/${path}`, init)
    return (await answer.json()) as BsnAnswer
  }

  /** A request of an application. */
  ask(client: BsnClient, path: EndpointName, body: JsonObject = {}): Promise<BsnAnswer> {
    return this.send(path, bsnRequest(client, path, body))
  }

  /** Calls the contract in key-trust; the transaction's id, or the code of an error. */
  async call(client: BsnClient, name: string, arg: string, more: JsonObject = {}) {
    const call = { userName: '', nonce: newNonce(), chainCode: 'kv', funcName: name, args: [arg] }
    const { header, body } = await this.ask(client, 'node/reqChainCode', { ...call, ...more })
    return header.errCode ?? (body as Called).blockInfo.txId
  }

  /** A transaction once it is in a block. */
  async settled(client: BsnClient, txId: string): Promise<Shown> {
    let shown: Shown | undefined
    await until('it is in a block', async () => {
      const { header, body } = await this.ask(client, 'node/getTransaction', { txId })
      shown = body as Shown
      return header.code === 0 && shown.status !== -1
    })
    assert(shown !== undefined, 'it is in a block')
    return shown
  }

  /** Rows of the gateway's database. */
  rows(sql: string, ...values: readonly string[]): unknown[] {
    const database = new DatabaseSync(this.database, { readOnly: true })
    try {
      return database.prepare(sql).all(...values)
    } finally {
      database.close()
    }
  }

  async stop(): Promise<void> {
    await this.#gateway?.close()
    for (const close of this.#closing) await close()
  }

  async close(): Promise<void> {
    await this.stop()
    for (const { client } of this.#hosted.values()) client.close()
    await this.network.close()
    await this.ledgers.remove()
    this.folder.remove()
  }
}
