import type { FastifyInstance } from 'fastify'
import { createKeyEncryption } from '../../crypto/key-encryption.ts'
import { createGatewayApp, type GatewayDeps } from '../gateway-app.ts'
import { openGatewayDatabase } from '../gateway-database.ts'
import { createLogger } from '../logger.ts'
import { createMetrics } from '../metrics.ts'
import { gatewayOptions } from '../options.ts'

/** A gateway over nothing, for what it says of itself. */
export async function openPrintedGateway(
  version: string,
  more: Pick<GatewayDeps, 'portal'> = {},
): Promise<{ readonly app: FastifyInstance; close(): Promise<void> }> {
  const database = openGatewayDatabase(':memory:')
  const stream = { write: () => {} }
  const deps: GatewayDeps = {
    ledgers: [],
    clock: { nowSeconds: () => 0 },
    logger: createLogger({ service: 'bsn', node: 'docs' }, { stream }),
    metrics: createMetrics({ version, processMetrics: false }),
    diskFreeBytes: async () => 0,
    version,
    database,
    keys: createKeyEncryption(new Uint8Array(32)),
    node: 'docs',
    chance: () => 0,
    ...more,
  }
  const app = await createGatewayApp(gatewayOptions({}), deps)
  await app.ready()
  return {
    app,
    async close() {
      await app.close()
      database.close()
    },
  }
}

/** docs/reference/openapi.json: just what a gateway of this version serves at its own address. */
export async function printOpenapi(version: string): Promise<string> {
  const { app, close } = await openPrintedGateway(version)
  const document = app.swagger()
  await close()
  return `${JSON.stringify(document, null, 2)}\n`
}
