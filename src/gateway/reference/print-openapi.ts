import { createKeyEncryption } from '../../crypto/key-encryption.ts'
import { createGatewayApp, type GatewayDeps } from '../gateway-app.ts'
import { openGatewayDatabase } from '../gateway-database.ts'
import { createLogger } from '../logger.ts'
import { createMetrics } from '../metrics.ts'
import { gatewayOptions } from '../options.ts'

/** docs/reference/openapi.json: just what a gateway of this version serves at its own address. */
export async function printOpenapi(version: string): Promise<string> {
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
  }
  const app = await createGatewayApp(gatewayOptions({}), deps)
  await app.ready()
  const document = app.swagger()
  await app.close()
  database.close()
  return `${JSON.stringify(document, null, 2)}\n`
}
