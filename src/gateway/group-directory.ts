import { groupOf, groupOfLedger, type ObjectLister } from '../alliance/group-state.ts'
import { nodeOf } from '../alliance/node-state.ts'
import { nodeKey } from '../ledger/modules/alliance-objects.ts'
import { objectIn, type StateObject } from '../ledger/state/state-view.ts'

/** A node that keeps a group. */
export type GroupNode = {
  readonly id: string
  readonly operator: string
  readonly gateway: string
}

/** More than any alliance has. */
const nodesMax = 1000

/** The active nodes that say in the root ledger that they keep a group. */
export function nodesOfGroup(root: ObjectLister, group: string): GroupNode[] {
  const prefix = nodeKey('')
  return root.objects(prefix, undefined, nodesMax).flatMap(({ key, value }) => {
    const { status, groups, operator, gateway } = nodeOf(objectIn(value))
    if (status !== 'active' || !groups?.includes(group)) return []
    return [{ id: key.slice(prefix.length), operator, gateway }]
  })
}

/** A group as the API shows it. */
export function shownGroup(root: ObjectLister, id: string, object: StateObject) {
  const group = groupOf(object)
  return { id, ...group, nodes: group.status === 'active' ? nodesOfGroup(root, id) : [] }
}

/** So many are named to whoever asked the wrong node. */
const namedMax = 8

/** A group by its ledger's id, and gateways that serve it; undefined where none is listed. */
export function groupElsewhere(
  root: ObjectLister,
  ledger: string,
): { readonly group: string; readonly gateways: readonly string[] } | undefined {
  const group = groupOfLedger(root, ledger)
  if (group === undefined) return undefined
  const gateways = nodesOfGroup(root, group).map(({ gateway }) => gateway)
  return { group, gateways: gateways.slice(0, namedMax) }
}
