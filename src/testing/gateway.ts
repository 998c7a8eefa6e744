import { type StatementInput, signStatement } from '@openbsn/sdk'
import type { GatewaySettings } from '../gateway/gateway.ts'
import { createGatewayApp, type Drain, type GatewayDeps } from '../gateway/gateway-app.ts'
import { createLogger } from '../gateway/logger.ts'
import { createMetrics } from '../gateway/metrics.ts'
import { gatewayOptions } from '../gateway/options.ts'
import {
  createMemoryLedger,
  createMemoryQuery,
  type MemoryLedger,
  testSigner,
} from './memory-ledger.ts'

/** What a gateway in a test needs, over a ledger in memory; the lines of its log are kept. */
export function testGatewayDeps(ledger: MemoryLedger = createMemoryLedger()) {
  const lines: string[] = []
  const state = { isStopped: false, diskFreeBytes: 1e12 }
  const entries = createMemoryQuery(ledger)
  const deps: GatewayDeps = {
    ledgers: [{ ledger, entries, isStopped: () => state.isStopped }],
    clock: { nowSeconds: () => 1_700_000_500 },
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
export async function testGateway(settings: GatewaySettings = {}) {
  const parts = testGatewayDeps()
  const drain: Drain = { isDraining: false }
  const { tls: _, ...options } = settings
  const app = await createGatewayApp(gatewayOptions(options), parts.deps, drain)
  const base = `/api/v1/ledgers/${parts.ledger.id}`
  return { ...parts, app, drain, base }
}

/** A signed record for the test ledger; `cti` is made of `name`. */
export function testStatement(
  ledger: MemoryLedger,
  name: string,
  more: { key?: string; service?: string; payload?: Uint8Array } = {},
): Promise<Uint8Array> {
  const { key, service = 'flights', payload = new TextEncoder().encode(name) } = more
  const claims: StatementInput['claims'] = {
    iss: 'founder',
    sub: service,
    aud: ledger.id,
    iat: 1_700_000_000,
    cti: new TextEncoder().encode(name),
    ...(key === undefined ? {} : { key }),
  }
  const input = { contentType: 'application/json', claims, payload }
  return signStatement(input, testSigner('founder'))
}
