import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ordersByBft } from '../nodes/orderer-program.ts'
import { organisationFiles } from '../organisation/identities.ts'
import { createOrganisation, type Organisation } from '../organisation/open-organisation.ts'
import { ordererOf } from '../organisation/orderers.ts'
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
  /** Its programs of Fabric order by BFT. */
  readonly canBft: boolean
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
  const canBft = await ordersByBft(join(programs, 'orderer'))
  const port = (name: string) => deps.ports.of(name)
  const ports = {
    ca: await port('ca'),
    peer: await port('peer'),
    contracts: await port('contracts'),
    orderer: await port('orderer'),
    ordererAdmin: await port('orderer admin'),
    bftOrderer: await port('bft orderer'),
    bftOrdererAdmin: await port('bft orderer admin'),
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
  const changes = new ChannelChanges(own)
  return { node, organisation, canBft, renewals, runs, agreements, changes }
}

/**
 * Says to the ledger where the organisation is, where it does not have that. Undefined where it
 * has, else what it waits for.
 */
export async function registerOrganisation(
  { node, organisation, canBft }: Pick<Running, 'node' | 'organisation' | 'canBft'>,
  ledger: HostLedger,
): Promise<string | undefined> {
  const facts = await factsOf(organisation, canBft)
  const known = ledger.organisation(node)
  if (known && isSame(known, facts)) return undefined
  return ledger.registerOrganisation(facts)
}

async function factsOf({ options }: Organisation, canBft: boolean): Promise<OrganisationFacts> {
  const { folder, host, ports } = options
  const text = (path: string) => readFile(path, 'utf8')
  const [raft, bft] = [ordererOf(options, 'raft'), ordererOf(options, 'bft')]
  const address = (port: number) => `${host}:${port}`
  const bftOrderer = {
    address: address(bft.port),
    certificate: await text(bft.identity.tls.certificate),
    identity: await text(bft.identity.signing),
  }
  return {
    root: await text(organisationFiles(folder).root),
    peer: address(ports.peer),
    orderer: {
      address: address(raft.port),
      certificate: await text(raft.identity.tls.certificate),
    },
    ...(canBft ? { bftOrderer } : {}),
  }
}

function isSame(known: OrganisationFacts, facts: OrganisationFacts): boolean {
  return (
    known.root === facts.root &&
    known.peer === facts.peer &&
    known.orderer?.address === facts.orderer?.address &&
    known.orderer?.certificate === facts.orderer?.certificate &&
    known.bftOrderer?.address === facts.bftOrderer?.address &&
    known.bftOrderer?.certificate === facts.bftOrderer?.certificate &&
    known.bftOrderer?.identity === facts.bftOrderer?.identity
  )
}
