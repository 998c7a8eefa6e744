import { type Client, type Contracts, controlAct } from '@openbsn/sdk'
import { type Network, newName } from '../network.ts'

/** Who has an API key of the service, and so an account on its chain, whose key the node keeps. */
export type Holder = {
  readonly id: string
  readonly name: string
  readonly credential: string
  readonly address: string
  readonly contracts: Contracts
}

/** The points on their chain, and everybody who moves some. */
export type PointsService = {
  readonly ledger: string
  readonly service: string
  /** Address of the contract, which the service knows as `points`. */
  readonly address: string
  readonly till: Holder
  /** Reads the contract's events with the till's key. */
  readonly tillClient: Client
  readonly customers: readonly Holder[]
  /** Reads what is public, with no key. */
  readonly stranger: Client
}

/** What the service knows the contract as. */
export const contractName = 'points'

const names = ['Ada', 'Bob', 'Cleo'] as const

/**
 * Opens an EVM service in the sandbox, gives the till and each customer an API key, and deploys the
 * template `points`, for which the till alone may give points out.
 */
export async function openService(network: Network): Promise<PointsService> {
  const { ledger, stranger } = network
  const service = newName('points')
  const fields = { id: service, framework: 'evm', keyMode: 'key-trust' } as const
  await network.administer([controlAct('service-create', { ...fields, readers: 'credentials' })])
  const till = await newHolder(network, {
    service,
    name: 'Till',
    scopes: [...moves, 'events:read'],
  })
  const customers = await Promise.all(
    names.map((name) => newHolder(network, { service, name, scopes: moves })),
  )
  const { address } = await till.contracts.deploy({
    template: 'points',
    name: contractName,
    args: {
      tokenName: 'Points of the corner shop',
      tokenSymbol: 'POINTS',
      issuingAccount: till.address,
    },
  })
  const { client: tillClient, ...tillHolder } = till
  const holders = customers.map(({ client: _, ...holder }) => holder)
  return { ledger, service, address, till: tillHolder, tillClient, customers: holders, stranger }
}

const moves = ['records:write', 'records:read']

type NewHolder = {
  readonly service: string
  readonly name: string
  readonly scopes: readonly string[]
}

async function newHolder(
  { newClient }: Network,
  { service, name, scopes }: NewHolder,
): Promise<Holder & { readonly client: Client }> {
  const id = name.toLowerCase()
  const credential = newName(id)
  const client = await newClient({ id: credential, service, label: name, scopes })
  const contracts = client.contracts(service)
  const { address } = await contracts.account()
  return { id, name, credential, address, contracts, client }
}
