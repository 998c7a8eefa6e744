import { join } from 'node:path'
import type { LifecyclePlace } from '../contracts/lifecycle.ts'
import { listens } from '../nodes/listens.ts'
import { organisationFiles } from '../organisation/identities.ts'
import type { Organisation } from '../organisation/open-organisation.ts'
import type { HostLedger } from './host-ledger.ts'
import { keepOrganisation, placeOf, rootFileOf } from './service-channel.ts'

export type PlaceDeps = {
  readonly organisation: Organisation
  /** Of the organisation. */
  readonly node: string
  readonly ledger: Pick<HostLedger, 'organisation'>
}

/**
 * In the name of this node's administrator, through an orderer of these nodes that answers: its own
 * first, where that is one of them.
 */
export async function placeAmong(
  nodes: readonly string[],
  { organisation, node: own, ledger }: PlaceDeps,
): Promise<LifecyclePlace> {
  const { folder, programs, host, ports } = organisation.options
  const files = organisationFiles(folder)
  const place = {
    programs: { folder: programs },
    folder: join(folder, 'peer'),
    msp: files.of('admin').msp,
  }
  const ownOrderer = { address: `${host}:${ports.orderer}`, root: files.root }
  if (nodes.includes(own) && (await answers(ownOrderer.address))) {
    return { ...place, orderer: ownOrderer }
  }
  for (const node of nodes.filter((one) => one !== own)) {
    const facts = ledger.organisation(node)
    if (!facts?.orderer || !(await answers(facts.orderer.address))) continue
    await keepOrganisation(folder, node, facts)
    return { ...place, orderer: { address: facts.orderer.address, root: rootFileOf(folder, node) } }
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
