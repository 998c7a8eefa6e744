import type { PeerClient } from '../channels/connect-channel.ts'
import type { ContractStep } from '../contract-progress.ts'
import {
  approveContract,
  commitContract,
  type Definition,
  installContract,
  type LifecyclePeer,
  type LifecyclePlace,
} from '../contracts/lifecycle.ts'
import { mspIdOf } from '../organisation/open-organisation.ts'
import type { ContractRuns } from './contract-runs.ts'
import { approvals, approvedPackage, committedDefinition } from './definitions.ts'
import type { OpenedChannel, WantedContract } from './host-ledger.ts'
import { answers, type PlaceDeps, placeIn } from './places.ts'
import { channelName, keepOrganisation, rootFileOf } from './service-channel.ts'

export type AgreeDeps = PlaceDeps & {
  readonly runs: ContractRuns
  /** The way to the peer of this node. */
  readonly client: () => Pick<PeerClient, 'canEndorse'>
  readonly nowMs: () => number
}

type OnStep = (step: ContractStep) => void

/** Each node waits so long for every one before it, and then commits by itself. */
const turnMs = 4000

/** Has the contracts of this node's channels be what their publishers want. */
export class Agreements {
  readonly #deps: AgreeDeps
  /** When enough had agreed to a definition, in milliseconds. */
  readonly #agreedMs = new Map<string, number>()
  /** What counts as it was wanted, by service and name. */
  readonly #counting = new Map<string, string>()

  constructor(deps: AgreeDeps) {
    this.#deps = deps
  }

  /**
   * One step on: the package is built and runs, and is installed here; this organisation agrees,
   * and in its turn makes it count; the peers have told each other. Undefined once calls can have
   * an effect, else what it waits for.
   * @throws FABRIC_STEP_FAILED, CONTRACT_PACKAGE_UNKNOWN, ENGINE_*
   */
  async advance(
    service: string,
    channel: OpenedChannel,
    contract: WantedContract,
    onStep: OnStep = () => undefined,
  ): Promise<string | undefined> {
    const name = `${service}/${contract.name}`
    const wanted = JSON.stringify(contract)
    if (this.#counting.get(name) !== wanted) {
      const waits = await this.#agree(service, channel, contract, onStep)
      if (waits !== undefined) return waits
      this.#counting.set(name, wanted)
    }
    onStep('endorse')
    if (await this.#deps.client().canEndorse(channelName(service), contract.name)) return undefined
    return `the peers that endorse ${contract.name} do not all know of each other yet`
  }

  /** Undefined once the definition counts. */
  async #agree(
    service: string,
    channel: OpenedChannel,
    { name, package: packaged, sequence: wanted, policy }: WantedContract,
    onStep: OnStep,
  ): Promise<string | undefined> {
    const place = await placeIn(channel, this.#deps)
    onStep('build')
    const made = await this.#deps.runs.run(packaged)
    onStep('install')
    await installContract(place, made)
    onStep('approve')
    const named = { channel: channelName(service), name }
    const version = String(wanted)
    const committed = await committedDefinition(place, named)
    const counts = committed?.version === version
    const sequence = (committed?.sequence ?? 0) + (counts ? 0 : 1)
    const definition: Definition = {
      ...{ ...named, version, sequence },
      ...(policy === undefined ? {} : { policy }),
    }
    if ((await approvedPackage(place, definition)) !== made.id) {
      await approveContract(place, definition, made.id)
    }
    if (counts) return undefined
    onStep('commit')
    return this.#commit(place, definition, channel.nodes)
  }

  async #commit(
    place: LifecyclePlace,
    definition: Definition,
    nodes: readonly string[],
  ): Promise<string | undefined> {
    const agreed = await approvals(place, definition)
    const most = Math.floor(nodes.length / 2) + 1
    const agreeing = nodes.filter((node) => agreed.has(mspIdOf(node)))
    if (agreeing.length < most) {
      const absent = nodes.filter((node) => !agreeing.includes(node)).join(', ')
      return `the organisations of ${absent} have not agreed to ${definition.name} yet`
    }
    if (!this.#isTurn(`${definition.channel} ${definition.name} ${definition.version}`, nodes)) {
      return `${definition.name} is about to be committed`
    }
    await commitContract(place, definition, await this.#peers(agreeing, most))
    return undefined
  }

  #isTurn(name: string, nodes: readonly string[]): boolean {
    const { node, nowMs } = this.#deps
    const since = this.#agreedMs.get(name) ?? nowMs()
    this.#agreedMs.set(name, since)
    return nowMs() - since >= nodes.indexOf(node) * turnMs
  }

  /** Of those that agreed so many that answer, this node's own first. */
  async #peers(nodes: readonly string[], most: number): Promise<LifecyclePeer[]> {
    const { node: own, ledger, organisation } = this.#deps
    const { folder } = organisation.options
    const found: LifecyclePeer[] = []
    for (const node of nodes.toSorted((a, b) => Number(b === own) - Number(a === own))) {
      const facts = ledger.organisation(node)
      if (!facts || found.length === most || !(await answers(facts.peer))) continue
      await keepOrganisation(folder, node, facts)
      found.push({ address: facts.peer, root: rootFileOf(folder, node) })
    }
    return found
  }
}
