import { fastify } from 'fastify'
import { createKeyEncryption } from '../crypto/key-encryption.ts'
import { createPortalApi } from './portal-api.ts'

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
      requestLog: () => ({ requests: [], newest: 0 }),
    },
  )
  const app = fastify()
  await app.register(api.routes)
  const { body } = await app.inject('/portal/v1/openapi.json')
  await app.close()
  await api.close()
  return `${JSON.stringify(JSON.parse(body), null, 2)}\n`
}
