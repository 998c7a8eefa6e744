import { createKeyEncryption } from '../../crypto/key-encryption.ts'
import { openPrintedGateway } from '../../gateway/reference/print-openapi.ts'
import { createPortalApi } from '../../portal-api/portal-api.ts'

/** docs/reference/portal-openapi.json: just what a node of this version serves below /portal/v1. */
export async function printPortalOpenapi(version: string): Promise<string> {
  const api = createPortalApi(
    { file: ':memory:', needsSecondFactor: false, version },
    {
      ledgers: () => [],
      keys: createKeyEncryption(new Uint8Array(32)),
      clock: { nowSeconds: () => 0 },
      log: { error: () => {}, warn: () => {} },
      originOf: () => 'http://localhost',
      isLocal: () => false,
      networkOf: () => '',
    },
  )
  const { app, close } = await openPrintedGateway(version, { portal: api.routes })
  const { body } = await app.inject('/portal/v1/openapi.json')
  await close()
  await api.close()
  return `${JSON.stringify(JSON.parse(body), null, 2)}\n`
}
