import { join } from 'node:path'
import type { LifecyclePlace } from '../contracts/lifecycle.ts'
import { listens } from '../nodes/listens.ts'
import { organisationFiles } from '../organisation/identities.ts'
import type { Organisation } from '../organisation/open-organisation.ts'
import { type Ordering, ordererOf } from '../organisation/orderers.ts'
import type { HostLedger, OpenedChannel } from './host-ledger.ts'
import {
  channelOrdering,
  keepOrganisation,
  ordererIn,
  placeOf,
  rootFileOf,
} from './service-channel.ts'

export type PlaceDeps = {
  readonly organisation: Organisation
  /** Of the organisation. */
  readonly node: string
  readonly ledger: Pick<HostLedger, 'organisation'>
}

/**
 * In the name of this node's administrator, through an orderer of a channel that answers: its own
 * first, where that is one of them.
 */
export async function placeIn(channel: OpenedChannel, deps: PlaceDeps): Promise<LifecyclePlace> {
  const { own, places } = await placesFor(channel, deps, 1)
  return places[0] ?? own
}

/**
 * So many orderers are asked for what is new: by BFT, one that came back may lack the last block
 * for as long as there is no other.
 */
const askedMost = { raft: 1, bft: 3 } as const satisfies Record<Ordering, number>

/** As `placeIn`, through as many orderers as are to be asked for what is new. */
export async function placesIn(
  channel: OpenedChannel,
  deps: PlaceDeps,
): Promise<readonly LifecyclePlace[]> {
  const most = askedMost[await channelOrdering(channel)]
  const { own, places } = await placesFor(channel, deps, most)
  return places.length === 0 ? [own] : places
}

async function placesFor(
  channel: OpenedChannel,
  { organisation, node: own, ledger }: PlaceDeps,
  most: number,
): Promise<{ readonly own: LifecyclePlace; readonly places: readonly LifecyclePlace[] }> {
  const { nodes } = channel
  const ordering = await channelOrdering(channel)
  const { folder, programs, host } = organisation.options
  const files = organisationFiles(folder)
  const place = {
    programs: { folder: programs },
    folder: join(folder, 'peer'),
    msp: files.of('admin').msp,
  }
  const { port } = ordererOf(organisation.options, ordering)
  const ownOrderer = { address: `${host}:${port}`, root: files.root }
  const places: LifecyclePlace[] = []
  if (nodes.includes(own) && (await answers(ownOrderer.address))) {
    places.push({ ...place, orderer: ownOrderer })
  }
  for (const node of nodes.filter((one) => one !== own)) {
    if (places.length === most) break
    const facts = ledger.organisation(node)
    const orderer = facts && ordererIn(facts, ordering)
    if (!orderer || !(await answers(orderer.address))) continue
    await keepOrganisation(folder, node, facts)
    const root = rootFileOf(folder, node)
    places.push({ ...place, orderer: { address: orderer.address, root } })
  }
  return { own: { ...place, orderer: ownOrderer }, places }
}

/** Whether something listens there. */
export async function answers(address: string): Promise<boolean> {
  const { host, port } = placeOf(address)
  return listens(port, host).then(
    () => true,
    () => false,
  )
}
