import type { InjectOptions } from 'fastify'
import { Buckets } from '../gateway/access/buckets.ts'
import type { GatewaySettings } from '../gateway/gateway.ts'
import { assert } from '../kernel/assert.ts'
import { apiKeyOf, putCredential, putService } from './access.ts'
import { testGateway, testGatewayDeps } from './gateway.ts'
import { createMemoryChain } from './memory-chain.ts'
import { createMemoryContracts } from './memory-contracts.ts'

const functions = ['call', 'send', 'events']
const evm = { framework: 'evm', functions, readers: 'credentials' }

type Sent = {
  /** The credential that asks; nobody where null. `coin-key` where absent. */
  readonly as?: string | null
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
}

type Parts = {
  readonly parts?: ReturnType<typeof testGatewayDeps>
  /** False for a node that runs no contracts. */
  readonly hasContracts?: boolean
}

/**
 * A gateway over a ledger in memory with EVM services over contracts in memory: `coin` (key-trust,
 * which anyone reads), `vault` (key-trust, for its credentials), `signed` (public-key-upload),
 * `frozen`; and `flights`, of records. The credential of each is its name with `-key`.
 */
export async function contractsGateway(
  settings: GatewaySettings = {},
  { parts = testGatewayDeps(), hasContracts = true }: Parts = {},
) {
  const { deps, ledger } = parts
  const contracts = createMemoryContracts(ledger.id)
  const chain = createMemoryChain()
  const ledgers = deps.ledgers.map((served) => ({
    ...served,
    frameworks: hasContracts
      ? new Map([...served.frameworks, [contracts.name, contracts] as const])
      : served.frameworks,
    chains: {
      engine: 'anvil' as const,
      isFailing: () => false,
      of: () => chain,
      close: async () => {},
    },
  }))
  // A second that does not end: limits are what they are however busy the machine is.
  const buckets = new Buckets({ nowMs: () => 0 })
  const all = { ...deps, ledgers, buckets }
  const gateway = await testGateway(settings, { ...parts, deps: all })
  const { app, base } = gateway
  putService(ledger, 'coin', { ...evm, readers: 'anyone' })
  putService(ledger, 'vault', evm)
  putService(ledger, 'signed', { ...evm, keyMode: 'public-key-upload' })
  putService(ledger, 'frozen', { ...evm, status: 'frozen' })
  putService(ledger, 'flights', { readers: 'anyone' })
  const scopes = ['records:write', 'records:read', 'events:read', 'webhooks:write']
  for (const service of ['coin', 'vault', 'signed', 'frozen', 'flights']) {
    putCredential(ledger, `${service}-key`, { service, scopes })
  }

  /** Asks below a service. */
  async function ask(method: string, path: string, body?: unknown, sent: Sent = {}) {
    const { as = 'coin-key', key, headers } = sent
    const options: InjectOptions = {
      method: method as 'GET',
      url: `${base}/services/${path}`,
      headers: {
        ...(as === null ? {} : { authorization: `Bearer ${apiKeyOf(as)}` }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    }
    return app.inject(options)
  }
  const get = (path: string, sent: Sent = {}) => ask('GET', path, undefined, sent)
  const post = (path: string, body: unknown, sent: Sent = {}) => ask('POST', path, body, sent)
  return { ...gateway, contracts, chain, ask, get, post }
}

/** A contract of the template that keeps a text. */
export const boxContract = { template: 'box', name: 'shop', args: ['first'] }

/** A gateway with that contract in `coin`. */
export async function withShop(settings: GatewaySettings = {}) {
  const gateway = await contractsGateway(settings)
  const made = await gateway.post('coin/contracts', boxContract)
  assert(made.statusCode === 201, made.body)
  return { ...gateway, shop: made.json() }
}
