import { join } from 'node:path'
import { createEngine } from '../engines/engine.ts'
import { installEngine } from '../engines/install-engine.ts'
import { recipeOf } from '../engines/recipes.ts'
import { makeChannel } from '../frameworks/fabric/channels/channel.ts'
import { joinChannel, memberOf } from '../frameworks/fabric/channels/open-channel.ts'
import { contractPackage } from '../frameworks/fabric/contracts/contract-package.ts'
import {
  approveContract,
  commitContract,
  type Definition,
  installContract,
  type LifecyclePlace,
} from '../frameworks/fabric/contracts/lifecycle.ts'
import { contractProgram } from '../frameworks/fabric/contracts/run-contract.ts'
import { listens } from '../frameworks/fabric/nodes/listens.ts'
import { organisationFiles } from '../frameworks/fabric/organisation/identities.ts'
import {
  createOrganisation,
  type Organisation,
} from '../frameworks/fabric/organisation/open-organisation.ts'
import {
  type ContractService,
  type ContractServiceOptions,
  createContractService,
} from '../frameworks/fabric/packages/contract-service.ts'
import type { Enclosure } from '../frameworks/fabric/packages/enclosure.ts'
import type { StoredArtefact } from '../frameworks/fabric/packages/package-store.ts'
import { type Clock, systemClock } from '../kernel/clock.ts'
import { testFolder } from './folder.ts'
import { freePorts } from './free-ports.ts'
import { userEngineCache, userEnvironment } from './user-engines.ts'

const timeoutMs = 60_000
const within = () => AbortSignal.timeout(timeoutMs)

/** A program of an engine, which is built where it is missing. */
async function programOf(name: string): Promise<string> {
  const options = { recipe: recipeOf(name), cache: userEngineCache(), env: userEnvironment() }
  return (await installEngine(options, { signal: AbortSignal.timeout(1_500_000) })).path
}

/** The programs that an organisation runs. */
export async function fabricPrograms() {
  const [peer, caServer] = [await programOf('fabric'), await programOf('fabric-ca')]
  return { folder: join(peer, '..'), caServer }
}

/** Modules of contracts by their labels. */
export type Modules = Readonly<Record<string, string>>

const notes: Modules = { notes: join(import.meta.dirname, 'fabric-notes.ts') }

/** Two organisations with a peer and an orderer each, and contracts that run once for each. */
export class FabricNetwork {
  readonly organisations: readonly Organisation[]
  readonly #folder
  readonly #contractPorts: number[]
  readonly #contracts: { stop(): Promise<void> }[] = []
  readonly #packages = new Map<string, string>()

  private constructor(
    organisations: readonly Organisation[],
    folder: { remove(): void },
    contractPorts: number[],
  ) {
    this.organisations = organisations
    this.#folder = folder
    this.#contractPorts = contractPorts
  }

  static async create(
    modules: Modules = notes,
    clock: Clock = systemClock,
  ): Promise<FabricNetwork> {
    const folder = testFolder()
    const { folder: programs, caServer } = await fabricPrograms()
    const organisations = []
    const names = ['alpha', 'beta']
    // All at once: that of a certificate authority, which mostly rests, would be given again.
    const count = 7 + Object.keys(modules).length
    const free = [...(await freePorts(count * names.length))]
    for (const name of names) {
      const [ca = 0, peer = 0, contracts = 0, ...rest] = free.splice(0, 7)
      const [orderer = 0, ordererAdmin = 0, bftOrderer = 0, bftOrdererAdmin = 0] = rest
      const ports = { ca, peer, contracts, orderer, ordererAdmin, bftOrderer, bftOrdererAdmin }
      const place = { folder: join(folder.path, name), host: '127.0.0.1', ports }
      const made = createOrganisation({ name, ...place, programs, caServer }, { clock })
      organisations.push(made)
    }
    const network = new FabricNetwork(organisations, folder, free)
    try {
      await Promise.all(organisations.map((one) => one.start(within())))
      for (const one of Object.entries(modules)) await network.#run(...one)
    } catch (error) {
      await network.close()
      throw error
    }
    return network
  }

  /** A contract runs once for each organisation, whatever channels it is in. */
  async #run(label: string, module: string): Promise<void> {
    for (const organisation of this.organisations) {
      const port = this.#contractPorts.shift() ?? 0
      const address = `127.0.0.1:${port}`
      const made = await contractPackage(label, address)
      await installContract(placeOf(organisation, this.organisations), made)
      const { folder } = organisation.options
      const program = contractProgram({ module, address, packageId: made.id, folder })
      const name = `contract-${label}`
      const engine = createEngine(
        { name, program, folder: join(folder, 'engines', name), probeIntervalMs: 200 },
        { clock: systemClock, probe: () => listens(port) },
      )
      this.#contracts.push(engine)
      await engine.start(within())
      this.#packages.set(`${label} ${organisation.mspId}`, made.id)
    }
  }

  /** Has what was built of a publisher's package run once for each organisation. */
  async publish(
    label: string,
    artefact: StoredArtefact,
    { enclosure, ...more }: { enclosure: Enclosure } & Partial<ContractServiceOptions>,
  ): Promise<readonly ContractService[]> {
    const services = []
    for (const organisation of this.organisations) {
      const [port = 0] = await freePorts(1)
      const made = await contractPackage(label, `127.0.0.1:${port}`)
      const name = `contract-${label}`
      const folder = join(organisation.options.folder, 'engines', name)
      const service = createContractService(
        { name, artefact, port, packageId: made.id, folder, ...more },
        { clock: systemClock, enclosure },
      )
      await service.start(within())
      this.#contracts.push(service)
      services.push(service)
      await installContract(placeOf(organisation, this.organisations), made)
      this.#packages.set(`${label} ${organisation.mspId}`, made.id)
    }
    return services
  }

  /**
   * A channel of both with these contracts: the label of each by its name there. Returns its first
   * block.
   */
  async openChannel(
    channel: string,
    contracts: Readonly<Record<string, string>>,
  ): Promise<Uint8Array> {
    const [first] = this.organisations
    if (!first) throw new RangeError('there are two organisations')
    const members = this.organisations.map((one) => memberOf(one, 'raft'))
    const block = await makeChannel({ folder: first.options.programs }, channel, members)
    await Promise.all(this.organisations.map((one) => joinChannel(one, channel, block)))
    for (const [name, label] of Object.entries(contracts)) {
      await this.agree({ channel, name, version: '1', sequence: 1 }, label)
    }
    return block
  }

  /** Both agree to what a contract of a channel is from now on. */
  async agree(named: Definition, label: string): Promise<void> {
    const definition = { ...named, policy: "OR('alphaMSP.peer','betaMSP.peer')" }
    const { organisations } = this
    for (const one of organisations) {
      const id = this.#packages.get(`${label} ${one.mspId}`) ?? ''
      // An orderer that was just asked to join elects first.
      await patiently(() => approveContract(placeOf(one, organisations), definition, id))
    }
    const peers = organisations.map(({ options: { host, ports, folder } }) => {
      return { address: `${host}:${ports.peer}`, root: organisationFiles(folder).root }
    })
    const [first] = organisations
    if (first) await commitContract(placeOf(first, organisations), definition, peers)
  }

  async close(): Promise<void> {
    await Promise.all(this.organisations.map((one) => one.stop()))
    await Promise.all(this.#contracts.map((one) => one.stop()))
    this.#folder.remove()
  }
}

/** All ask the first orderer. */
export function placeOf({ options }: Organisation, all: readonly Organisation[]): LifecyclePlace {
  const { folder, programs } = options
  const [first] = all
  const ordering = first?.options ?? options
  const address = `${ordering.host}:${ordering.ports.orderer}`
  return {
    programs: { folder: programs },
    folder: join(folder, 'peer'),
    msp: organisationFiles(folder).of('admin').msp,
    orderer: { address, root: organisationFiles(ordering.folder).root },
  }
}

async function patiently(run: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await run()
    } catch (error) {
      if (tries === 20) throw error
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
}
