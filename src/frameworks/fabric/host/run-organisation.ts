import { readFile } from 'node:fs/promises'
import { organisationFiles } from '../organisation/identities.ts'
import { createOrganisation, type Organisation } from '../organisation/open-organisation.ts'
import type { Archives } from '../packages/archives.ts'
import { Agreements } from './agree.ts'
import { ChannelChanges } from './channel-changes.ts'
import { ContractRuns } from './contract-runs.ts'
import type { FabricHostDeps, FabricHostOptions } from './host-deps.ts'
import type { HostLedger, OrganisationFacts } from './host-ledger.ts'
import type { PortsFile } from './ports-file.ts'
import { Renewals } from './renewals.ts'

/** The organisation of a node, with what keeps its part of channels as it is wanted. */
export type Running = {
  readonly node: string
  readonly organisation: Organisation
  readonly renewals: Renewals
  readonly runs: ContractRuns
  readonly agreements: Agreements
  readonly changes: ChannelChanges
}

const startTimeoutMs = 180_000

type Deps = Pick<FabricHostDeps, 'findPrograms' | 'clock' | 'ledger' | 'nowMs'> & {
  readonly ports: PortsFile
  readonly archives: Archives
  /** Ends the start. */
  readonly signal: AbortSignal
}

/** @throws ENGINE_*, FABRIC_* */
export async function runOrganisation(
  node: string,
  { folder, host, env }: FabricHostOptions,
  { findPrograms, clock, ledger, nowMs, ...deps }: Deps,
): Promise<Running> {
  const { folder: programs, caServer } = await findPrograms()
  const port = (name: string) => deps.ports.of(name)
  const ports = {
    ca: await port('ca'),
    peer: await port('peer'),
    contracts: await port('contracts'),
    orderer: await port('orderer'),
    ordererAdmin: await port('orderer admin'),
  }
  const made = { name: node, folder, host, ports, programs, caServer }
  const organisation = createOrganisation(made, { clock })
  try {
    await organisation.start(AbortSignal.any([deps.signal, AbortSignal.timeout(startTimeoutMs)]))
  } catch (error) {
    await organisation.stop()
    throw error
  }
  const renewals = await Renewals.open(organisation, clock)
  const runs = new ContractRuns({ folder, env }, { clock, ...deps })
  const own = { organisation, node, ledger, nowMs }
  const agreements = new Agreements({ ...own, runs, client: () => renewals.client })
  return { node, organisation, renewals, runs, agreements, changes: new ChannelChanges(own) }
}

/**
 * Says to the ledger where the organisation is, where it does not have that. Undefined where it
 * has, else what it waits for.
 */
export async function registerOrganisation(
  { node, organisation }: Pick<Running, 'node' | 'organisation'>,
  ledger: HostLedger,
): Promise<string | undefined> {
  const { folder, host, ports } = organisation.options
  const files = organisationFiles(folder)
  const [root, certificate] = await Promise.all(
    [files.root, files.of('orderer').tls.certificate].map((path) => readFile(path, 'utf8')),
  )
  const facts: OrganisationFacts = {
    root: root ?? '',
    peer: `${host}:${ports.peer}`,
    orderer: { address: `${host}:${ports.orderer}`, certificate: certificate ?? '' },
  }
  const known = ledger.organisation(node)
  if (known && isSame(known, facts)) return undefined
  return ledger.registerOrganisation(facts)
}

function isSame(known: OrganisationFacts, facts: OrganisationFacts): boolean {
  return (
    known.root === facts.root &&
    known.peer === facts.peer &&
    known.orderer?.address === facts.orderer?.address &&
    known.orderer?.certificate === facts.orderer?.certificate
  )
}
