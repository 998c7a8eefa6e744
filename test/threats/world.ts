import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import type { CborValue, Environment } from '@openbsn/sdk'
import {
  openPrivatePayloads,
  privateOptions,
} from '../../src/compliance/private-payloads/private-payloads.ts'
import { createPrivateRecords } from '../../src/compliance/private-payloads/private-records.ts'
import { createKeyEncryption } from '../../src/crypto/key-encryption.ts'
import type { Framework } from '../../src/frameworks/framework.ts'
import {
  createRecordsFramework,
  type RecordsFramework,
} from '../../src/frameworks/records/records-framework.ts'
import { Buckets } from '../../src/gateway/access/buckets.ts'
import { createStatementLimits } from '../../src/gateway/access/statement-limits.ts'
import { createGateway, type GatewaySettings } from '../../src/gateway/gateway.ts'
import type { GatewayDeps } from '../../src/gateway/gateway-app.ts'
import { openGatewayDatabase } from '../../src/gateway/gateway-database.ts'
import { createLogger } from '../../src/gateway/logger.ts'
import { createMetrics } from '../../src/gateway/metrics.ts'
import { gatewayOptions } from '../../src/gateway/options.ts'
import type { ServedLedger } from '../../src/gateway/served-ledger.ts'
import { Projection } from '../../src/ledger/projection/projection.ts'
import type { Usage } from '../../src/metering/usage.ts'
import { openUsage } from '../../src/node/open-usage.ts'
import { whyNotWritten } from '../../src/services/why-not-written.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { keyOf, LedgerWorld } from '../../src/testing/ledger-world.ts'
import { membersModule } from '../../src/testing/members-module.ts'
import { createMemoryContracts, type MemoryContracts } from '../../src/testing/memory-contracts.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'

/** A real ledger with everything that a city node keeps beside it. */
export type Side = {
  readonly world: LedgerWorld
  readonly served: ServedLedger
  readonly contracts: MemoryContracts
}
type Closing = { close(): Promise<void> }

const fail = (error: Error) => {
  throw error
}

/** `buckets` are those of the gateway that all statements come through. */
async function openSide(environment: Environment, buckets: Buckets): Promise<Side & Closing> {
  const folder = testFolder()
  let projection: Projection | undefined
  let records: RecordsFramework | undefined
  let usage: Usage | undefined
  const world: LedgerWorld = await LedgerWorld.create({
    environment,
    modules: [membersModule],
    admit: createStatementLimits(gatewayOptions({}), { buckets, ledger: () => world.ledger }),
    onBlock: ({ firstIndex, time }, entries) => {
      projection?.offer(firstIndex, entries)
      records?.committed(firstIndex, entries)
      usage?.offer(firstIndex, time, entries)
    },
  })
  const { ledger, clock } = world
  const size = () => ledger.head.firstIndex + ledger.head.count
  const source = { size, entriesFrom: (from: number) => ledger.store.entriesFrom(from) }
  const lists = new Projection({ folder: folder.file('lists') }, { source, onFailure: fail })
  const counts = openUsage(folder.file('usage'), ledger.store, { size, onFailure: fail })
  await Promise.all([lists.advance(), counts.advance()])
  const isStopped = () => false
  const signer = namedSigner(`operator of ${environment}`)
  const deps = { ledger, lists, signer, clock, isStopped }
  const framework = createRecordsFramework({ member: 'admin' }, deps)
  ;[projection, records, usage] = [lists, framework, counts]
  const kek = createKeyEncryption(randomBytes(32))
  const options = privateOptions(folder.path)
  const payloads = openPrivatePayloads(options, { kek, clock, onFailure: fail })
  const privateRecords = createPrivateRecords({
    ...{ ledger, framework, payloads },
    whyNotRecorded: (record) =>
      whyNotWritten(ledger, { ...record, operator: 'admin', time: clock.nowSeconds() }),
  })
  const close = async () => {
    await lists.close()
    await counts.close()
    await payloads.close()
    await world.remove()
    folder.remove()
  }
  await world.done('operator-key-register', { key: keyOf(`operator of ${environment}`) })
  const contracts = createMemoryContracts(ledger.id)
  const frameworks = new Map<string, Framework>([
    ['records', privateRecords.framework],
    ['evm', contracts],
    ['fabric', { ...contracts, name: 'fabric' }],
  ])
  const served = {
    ...{ ledger, entries: lists, usage: counts, frameworks, privateRecords, isStopped },
    operatedBy: 'admin',
  }
  return { world, served, contracts, close }
}

/** A live ledger and a sandbox, without a gateway. Everything ends with the test. */
export async function openSides(t: TestContext) {
  const buckets = new Buckets({ nowMs: () => performance.now() })
  const live = await openSide('live', buckets)
  const sandbox = await openSide('sandbox', buckets)
  const gateways: Closing[] = []
  const portalFolder = portalOf(t)
  t.after(async () => {
    for (const one of [...gateways, live, sandbox]) await one.close()
  })

  /** A gateway with an address, a log and a database of its own, over the same ledgers. */
  async function gateway(settings: GatewaySettings = {}, more: Partial<GatewayDeps> = {}) {
    const lines: string[] = []
    const database = openGatewayDatabase(':memory:')
    const options = { port: 0, webhookAllow: ['127.0.0.0/8'], ...settings }
    const started = createGateway(options, {
      ledgers: [live.served, sandbox.served],
      clock: live.world.clock,
      logger: createLogger(
        { service: 'bsn', node: 'test', level: 'debug' },
        { stream: { write: (line) => void lines.push(line) } },
      ),
      metrics: createMetrics({ version: '0.0.0', processMetrics: false }),
      diskFreeBytes: async () => 1e12,
      // The first one counts the statements that the ledger admits.
      buckets: gateways.length === 0 ? buckets : new Buckets({ nowMs: () => performance.now() }),
      database,
      keys: createKeyEncryption(randomBytes(32)),
      node: 'test',
      chance: () => 0.5,
      portalFolder,
      version: '0.0.0',
      ...more,
    })
    await started.start(new AbortController().signal)
    const close = async () => {
      await started.close()
      database.close()
    }
    gateways.push({ close })
    const address = started.address
    const base = (side: Side = live) => `${address}/api/v1/ledgers/${side.world.id}`
    return { address, port: Number(new URL(address).port), lines, base, database }
  }
  return { live, sandbox, gateway }
}

/** A portal of two files, so that no test needs the real one to be built. */
function portalOf(t: TestContext): string {
  const folder = testFolder()
  t.after(() => folder.remove())
  mkdirSync(folder.file('assets'))
  writeFileSync(folder.file('index.html'), '<!doctype html>')
  writeFileSync(folder.file('assets/page.js'), 'export {}')
  return folder.path
}

/** A service of key-trust that its own credentials alone read, unless it is said. */
export function publish(
  { world }: Side,
  id: string,
  more: Record<string, CborValue> = {},
  as = 'member',
): Promise<number> {
  const own = { id, framework: 'records', keyMode: 'key-trust', readers: 'credentials' }
  const iss = as === 'member' ? 'admin' : as
  return world.done('service-create', { ...own, ...more }, { signer: namedSigner(as), iss })
}
