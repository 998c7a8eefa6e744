import { CodedError } from '@openbsn/sdk'
import { readGroup } from '../../alliance/group-state.ts'
import { homePaths } from '../create-home.ts'
import { kekFile } from '../home-secrets.ts'
import type { Member } from '../member.ts'
import { ledgerOfToken } from '../network/invitations.ts'
import { type JoinNetworkDeps, joinNetwork } from '../network/join-network.ts'
import type { Network } from '../network/network-file.ts'
import { fillGroup, type GroupFolder } from './fill-group.ts'
import { readRoot } from './root-replica.ts'

export type JoinGroupOptions = GroupFolder & {
  /** Address of the gateway that invited. */
  readonly gateway: string
  readonly token: string
  readonly external?: string
  /** The member whose node this is, where it is not the one that invited. */
  readonly member?: Member
  readonly kek?: string
}

/**
 * Makes the data folder of a group that others keep in that of a node of the alliance, which may
 * run: it takes the group in from its next start on. The root ledger says which ledger the group
 * is, and what this node is.
 * @throws GROUP_*, INVITATION_INVALID, JOIN_*, CLOCK_OFF, SOFTWARE_TOO_OLD, NETWORK_NONE, EXPORT_*,
 * STORE_*
 */
export async function joinGroup(
  options: JoinGroupOptions,
  deps: JoinNetworkDeps,
): Promise<Network> {
  const { home, name, token, member, kek = kekFile(home) } = options
  const { group, own } = await readRoot(home, (root) => ({
    own: root.own,
    group: readGroup(root.store, name),
  }))
  if (group?.status !== 'active') {
    throw new CodedError('GROUP_UNKNOWN', `The root ledger lists no group ${name}.`)
  }
  if (ledgerOfToken(token) !== group.ledger) {
    const message = `The token is not for ${group.ledger}, which ${name} is in the root ledger.`
    throw new CodedError('GROUP_FOREIGN', message)
  }
  const { city, country, latitude, longitude, software } = own.facts
  const facts = { id: own.id, city, country, latitude, longitude, software }
  const { gateway, listen, external } = options
  return fillGroup(options, (draft) =>
    joinNetwork(
      {
        ...{ home: draft, gateway, token, listen, facts, kek, address: own.facts.gateway },
        operatorKey: homePaths(home).operatorKey,
        ...(external === undefined ? {} : { external }),
        ...(member === undefined ? {} : { member }),
      },
      deps,
    ),
  )
}
