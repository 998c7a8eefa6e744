import { type IdentityName, organisationFiles } from './identities.ts'

/** How the orderers of a channel agree. */
export type Ordering = 'raft' | 'bft'

export type OrdererPorts = {
  readonly orderer: number
  readonly ordererAdmin: number
  readonly bftOrderer: number
  readonly bftOrdererAdmin: number
}

const names = { raft: 'orderer', bft: 'bft-orderer' } as const satisfies Record<
  Ordering,
  IdentityName
>

/** The program of an organisation that orders channels of one kind: Fabric has one for each. */
export function ordererOf(
  { folder, ports }: { readonly folder: string; readonly ports: OrdererPorts },
  ordering: Ordering,
) {
  const name = names[ordering]
  const identity = organisationFiles(folder).of(name)
  return ordering === 'raft'
    ? { name, identity, port: ports.orderer, adminPort: ports.ordererAdmin }
    : { name, identity, port: ports.bftOrderer, adminPort: ports.bftOrdererAdmin }
}
