import { join } from 'node:path'
import type { LifecyclePlace } from '../contracts/lifecycle.ts'
import { listens } from '../nodes/listens.ts'
import { organisationFiles } from '../organisation/identities.ts'
import type { Organisation } from '../organisation/open-organisation.ts'
import { ordererOf } from '../organisation/orderers.ts'
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
export async function placeIn(
  channel: OpenedChannel,
  { organisation, node: own, ledger }: PlaceDeps,
): Promise<LifecyclePlace> {
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
  if (nodes.includes(own) && (await answers(ownOrderer.address))) {
    return { ...place, orderer: ownOrderer }
  }
  for (const node of nodes.filter((one) => one !== own)) {
    const facts = ledger.organisation(node)
    const orderer = facts && ordererIn(facts, ordering)
    if (!orderer || !(await answers(orderer.address))) continue
    await keepOrganisation(folder, node, facts)
    return { ...place, orderer: { address: orderer.address, root: rootFileOf(folder, node) } }
  }
  return { ...place, orderer: ownOrderer }
}

/** Whether something listens there. */
export async function answers(address: string): Promise<boolean> {
  const { host, port } = placeOf(address)
  return listens(port, host).then(
    () => true,
    () => false,
  )
}
