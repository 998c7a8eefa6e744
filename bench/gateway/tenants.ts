import { createHash, randomBytes } from 'node:crypto'
import type { JsonTarget } from '../load/plan.ts'
import { createPublisher, type Limits } from '../network/issuers.ts'
import type { Server } from '../network/server.ts'

/** Above what a machine does: a gateway bounds a credential that has no limit of its own. */
const unbounded: Limits = { perSecond: 1_000_000 }

const allScopes = ['records:write', 'records:read', 'events:read', 'webhooks:write']

/**
 * Publishes services of key-trust, each with one credential that has an API key and may do all.
 * Names must have one length.
 */
export async function createTenants(
  server: Server,
  services: readonly string[],
  limits: Limits = unbounded,
): Promise<JsonTarget[]> {
  const publisher = createPublisher(server)
  const { ledger, member } = publisher
  const targets = services.map((service) => {
    return { ledger, service, apiKey: `live_${randomBytes(32).toString('base64url')}` }
  })
  const framework = { framework: 'records', keyMode: 'key-trust' }
  await publisher.publish(services.map((id) => ({ id, ...framework })))
  await publisher.admit(
    targets.map(({ service, apiKey }) => {
      const hash = new Uint8Array(createHash('sha256').update(apiKey).digest())
      const keys = { keys: [], apiKeys: [[hash, apiKey.slice(0, 8)]] }
      const rights = { scopes: allScopes, operators: [member] }
      return { id: `${service}-1`, service, label: 'bench', ...keys, ...rights, ...limits }
    }),
  )
  return targets
}
