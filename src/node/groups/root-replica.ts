import { join } from 'node:path'
import { CodedError, equalBytes } from '@openbsn/sdk'
import { type CityNodeFacts, nodeOf } from '../../alliance/node-state.ts'
import { storeFolder } from '../../ledger/ledger-application.ts'
import { LedgerStore } from '../../ledger/ledger-store.ts'
import { nodeKey } from '../../ledger/modules/alliance-objects.ts'
import { objectIn } from '../../ledger/state/state-view.ts'
import { openStore } from '../../storage/store.ts'
import { homePaths } from '../create-home.ts'
import { isNetwork } from '../network/network-file.ts'
import { openNetworkKeys } from '../network/network-keys.ts'

/** A city node as the root ledger has it. */
export type RootNode = { readonly id: string; readonly facts: CityNodeFacts }

/** What a node's own replica of the root ledger says of a group. */
export type RootReplica = {
  readonly store: LedgerStore
  /** This node. */
  readonly own: RootNode
  /** The active nodes, this one among them. */
  readonly nodes: readonly RootNode[]
}

/** More than any alliance has. */
const nodesMax = 1000

/**
 * Reads the root ledger of a data folder; its node may run meanwhile.
 * @throws NETWORK_NONE, GROUP_NODE_UNKNOWN, STORE_NEWER
 */
export async function readRoot<T>(home: string, read: (root: RootReplica) => T): Promise<T> {
  if (!isNetwork(home)) {
    const message = `${home} is no part of a network: groups are kept by nodes of one.`
    throw new CodedError('NETWORK_NONE', message)
  }
  const folder = join(homePaths(home).ledger, storeFolder)
  const store = new LedgerStore(openStore({ folder, readOnly: true }, { onFailure: () => {} }))
  try {
    store.requireFormat()
    const nodes = activeNodes(store)
    const { raw } = openNetworkKeys(home).consensus
    const isOwn = ({ facts: { consensusKey } }: RootNode) =>
      consensusKey !== undefined && equalBytes(consensusKey, raw)
    const own = nodes.find(isOwn)
    if (own) return read({ store, own, nodes })
  } finally {
    await store.close()
  }
  const message = 'The root ledger has no active node with the keys of this data folder.'
  throw new CodedError('GROUP_NODE_UNKNOWN', message)
}

function activeNodes(store: LedgerStore): RootNode[] {
  const prefix = nodeKey('')
  return store.objects(prefix, undefined, nodesMax).flatMap(({ key, value }) => {
    const facts = nodeOf(objectIn(value))
    return facts.status === 'active' ? [{ id: key.slice(prefix.length), facts }] : []
  })
}
