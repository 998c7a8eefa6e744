import { fromBase64url, type StatementInput, signStatement } from '@openbsn/sdk'
import { createKeyEncryption } from '../crypto/key-encryption.ts'
import { createRecordsFramework } from '../frameworks/records/records-framework.ts'
import { createDrain } from '../gateway/drain.ts'
import type { GatewaySettings } from '../gateway/gateway.ts'
import { createGatewayApp, type GatewayDeps } from '../gateway/gateway-app.ts'
import { openGatewayDatabase } from '../gateway/gateway-database.ts'
import { createLogger } from '../gateway/logger.ts'
import { createMetrics } from '../gateway/metrics.ts'
import { gatewayOptions } from '../gateway/options.ts'
import {
  createMemoryLedger,
  createMemoryQuery,
  createMemoryUsage,
  type MemoryLedger,
} from './memory-ledger.ts'
import { namedSigner } from './named-signer.ts'

/** What events and webhooks need, with a database in memory. */
export function testEventDeps() {
  const database = openGatewayDatabase(':memory:')
  const keys = createKeyEncryption(new Uint8Array(32))
  return { database, keys, node: 'test', chance: () => 0.5 }
}

/** What a gateway in a test needs, over a ledger in memory; the lines of its log are kept. */
export function testGatewayDeps(ledger: MemoryLedger = createMemoryLedger()) {
  const lines: string[] = []
  const state = { isStopped: false, diskFreeBytes: 1e12 }
  const entries = createMemoryQuery(ledger)
  const [clock, isStopped] = [{ nowSeconds: () => 1_700_000_500 }, () => state.isStopped]
  const signer = namedSigner('operator')
  const records = createRecordsFramework(
    { member: 'founder' },
    { ledger, lists: entries, signer, clock, isStopped },
  )
  ledger.onBlock = (first, committed) => records.committed(first, committed)
  const frameworks = new Map([[records.name, records]])
  const deps: GatewayDeps = {
    ledgers: [
      {
        ...{ ledger, entries, frameworks, isStopped },
        usage: createMemoryUsage(ledger),
        operatedBy: 'founder',
      },
    ],
    clock,
    ...testEventDeps(),
    logger: createLogger(
      { service: 'bsn', node: 'test' },
      { stream: { write: (line) => void lines.push(line) } },
    ),
    metrics: createMetrics({ version: '0.0.0', processMetrics: false }),
    diskFreeBytes: async () => state.diskFreeBytes,
    version: '0.0.0',
  }
  return { deps, ledger, lines, state }
}

/** The application without a socket: tests `inject` requests. */
export async function testGateway(settings: GatewaySettings = {}, parts = testGatewayDeps()) {
  const drain = createDrain()
  const { tls: _, ...options } = settings
  const app = await createGatewayApp(gatewayOptions(options), parts.deps, drain)
  const base = `/api/v1/ledgers/${parts.ledger.id}`
  return { ...parts, app, drain, base }
}

type StatementParts = {
  readonly key?: string
  readonly service?: string
  readonly payload?: Uint8Array
  readonly contentType?: string
  /** Who signs. */
  readonly by?: string
}

/** A signed record for the test ledger; `cti` is made of `name`. */
export function testStatement(
  ledger: MemoryLedger,
  name: string,
  more: StatementParts = {},
): Promise<Uint8Array> {
  const { key, service = 'flights', payload = new TextEncoder().encode(name) } = more
  const { by = 'founder' } = more
  const claims: StatementInput['claims'] = {
    iss: by,
    sub: service,
    aud: ledger.id,
    iat: 1_700_000_000,
    cti: new TextEncoder().encode(name),
    ...(key === undefined ? {} : { key }),
  }
  const input = { contentType: more.contentType ?? 'application/json', claims, payload }
  return signStatement(input, namedSigner(by))
}

/** A gateway over a log of `size` entries, each a block of its own; `get` asks below the ledger. */
export async function filledGateway(size: number) {
  const gateway = await testGateway()
  const { ledger, app, base } = gateway
  const statements: Uint8Array[] = []
  for (let i = 0; i < size; i++) statements.push(await testStatement(ledger, `entry ${i}`))
  for (const one of statements) await ledger.submit([one])
  const get = (path: string, accept?: string) =>
    app.inject({ url: base + path, headers: accept === undefined ? {} : { accept } })
  return { ...gateway, statements, get }
}

/** The bytes of base64url; none where it is broken, which a test then sees. */
export function bytesOf(text: string): Uint8Array {
  return fromBase64url(text) ?? new Uint8Array()
}
